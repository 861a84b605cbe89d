"""The list of all routers, in the order of the areas."""

from fastapi import APIRouter

ROUTERS: list[APIRouter] = []

"""Mail through the SMTP server of the installation; a message is a job, so nobody waits for it."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from string import Template
from typing import TYPE_CHECKING

from app.config import ROOT
from app.core.jobs import JobRefused, JobRun

if TYPE_CHECKING:
    from app.config import Settings

TIMEOUT_SECONDS = 20
SUBJECT_MAX_CHARS = 120
_LETTERS = ROOT / "templates" / "mail"


@dataclass(frozen=True, slots=True)
class Letter:
    """A plain-text mail to one person."""

    to: str
    subject: str
    body: str


def letter_of(kind: str, to: str, /, **values: str) -> Letter:
    """Fill a letter of templates/mail: the first line is its subject. Values are never read as a template."""
    text = Template((_LETTERS / f"{kind}.txt").read_text(encoding="utf-8")).substitute(values)
    subject, _, body = text.partition("\n")
    return Letter(to, " ".join(subject.split())[:SUBJECT_MAX_CHARS], body)


def is_configured(settings: "Settings") -> bool:
    """Tell whether this installation can send mail."""
    return settings.smtp_host is not None and settings.mail_from is not None


def send(settings: "Settings", letter: Letter) -> None:
    """Hand one letter to the SMTP server; raises OSError or SMTPException when it does not take it.

    Control characters in the headers are refused by EmailMessage, so that no text of a person can add a header.
    """
    if settings.smtp_host is None or settings.mail_from is None:
        raise JobRefused("No mail server is configured (WORKINGS_SMTP_HOST, WORKINGS_MAIL_FROM).")
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message.set_content(letter.body)
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT_SECONDS) as server:
        if settings.smtp_starttls:
            server.starttls(context=ssl.create_default_context())
        if settings.smtp_user and settings.smtp_password:
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(message)


def send_letter(run: JobRun) -> None:
    """Job ``mail.send``: send the letter in the payload (to, subject, body)."""
    send(run.settings, Letter(run.payload["to"], run.payload["subject"], run.payload["body"]))

"""What is so: home pages, funnel and ages across the areas."""

/** Put the chosen theme on <html> before anything is painted; a classic script of its own, so that no page flashes. */
{
  let theme: string | null = null;
  try {
    theme = localStorage.getItem("workings.theme");
  } catch {
    /* Without storage the system's theme holds. */
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset["theme"] = theme;
}

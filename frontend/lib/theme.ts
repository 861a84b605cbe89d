/** Light, dark or the system's theme, kept on this device. */

const KEY = "workings.theme";
export type Theme = "system" | "light" | "dark";

/** The chosen theme. */
export function chosenTheme(): Theme {
  const theme = document.documentElement.dataset["theme"];
  return theme === "light" || theme === "dark" ? theme : "system";
}

/** Choose a theme for this device. */
export function chooseTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
  try {
    if (theme === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    /* Without storage the choice holds for this page. */
  }
  showChoice();
}

function showChoice(): void {
  for (const button of document.querySelectorAll<HTMLElement>("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset["themeChoice"] === chosenTheme()));
  }
}

/** Let `data-theme-choice="system|light|dark"` buttons choose. */
export function watchTheme(): void {
  document.addEventListener("click", (event) => {
    const choice = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-theme-choice]")?.dataset["themeChoice"] : undefined;
    if (choice === "system" || choice === "light" || choice === "dark") chooseTheme(choice);
  });
  showChoice();
}

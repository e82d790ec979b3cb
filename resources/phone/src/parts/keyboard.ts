// Keeps the app as high as what the phone's keyboard leaves free: iOS lays it over the page instead of resizing that.

export function followKeyboard(): void {
  const view = window.visualViewport;
  if (view === null) return;
  const fit = () => {
    // While somebody zooms in, the visible part is no measure for the page.
    if (view.scale === 1) document.documentElement.style.setProperty("--height", `${view.height}px`);
  };
  view.addEventListener("resize", fit);
  fit();
}

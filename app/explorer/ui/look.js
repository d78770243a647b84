// Colours and shapes: calm, the same in legend, table and picture. Kinds differ by shape as well as by colour.

const PALETTE = {
  light: ["#2f7f86", "#b3741d", "#5b6fae", "#a2566f", "#66803a", "#84589b", "#b35a3c", "#4f7d9c", "#7d7434", "#5a6b78"],
  dark: ["#62b6bb", "#e0aa58", "#96a9e6", "#df92ac", "#a5c471", "#c39bd8", "#e8977b", "#86b8d8", "#c8bd6c", "#a3b3c0"],
};
const SHAPES = ["ellipse", "round-rectangle", "diamond", "hexagon", "triangle", "pentagon", "octagon", "rhomboid", "vee", "star"];
const OTHER = { light: { colour: "#85878c", shape: "ellipse" }, dark: { colour: "#8f939b", shape: "ellipse" } };
const DISTANCES = {
  light: ["#43216b", "#474f93", "#36739a", "#2a8f8c", "#4aa56a", "#8fae3c", "#c9a227"],
  dark: ["#f2d75c", "#b6d257", "#70c67c", "#46b09a", "#4b94b8", "#7f86d0", "#a77fc9"],
};
const REMEMBERED = "tercet.theme";
const CHOICES = ["auto", "light", "dark"];
const NAMES = { auto: "◐ Auto", light: "☀ Light", dark: "☾ Dark" };

const prefers = matchMedia("(prefers-color-scheme: dark)");
export const still = matchMedia("(prefers-reduced-motion: reduce)");

function chosen() {
  try { return CHOICES.includes(localStorage.getItem(REMEMBERED)) ? localStorage.getItem(REMEMBERED) : "auto"; } catch { return "auto"; }
}

export const theme = () => (chosen() === "auto" ? (prefers.matches ? "dark" : "light") : chosen());

/** The switch between light, dark, and what the system prefers; `changed` hears of every change. */
export function startTheme(button, changed) {
  const apply = () => {
    document.documentElement.dataset.theme = theme();
    button.textContent = NAMES[chosen()];
    button.setAttribute("aria-label", `Theme: ${chosen()}. Change`);
  };
  button.addEventListener("click", () => {
    try { localStorage.setItem(REMEMBERED, CHOICES[(CHOICES.indexOf(chosen()) + 1) % CHOICES.length]); } catch { /* not kept */ }
    apply();
    changed();
  });
  prefers.addEventListener("change", () => { apply(); changed(); });
  apply();
}

/** The look of each kind of a space: its commonest ten differ, in the order of how common they are. */
export function lookOf(kinds) {
  const order = new Map(kinds.slice(0, SHAPES.length).map(({ kind }, index) => [kind, index]));
  return (kind) => {
    const index = order.get(kind);
    return index === undefined ? OTHER[theme()] : { colour: PALETTE[theme()][index], shape: SHAPES[index] };
  };
}

export const FARTHEST = DISTANCES.light.length - 1;
export const colourOfDistance = (distance) => (distance === null ? OTHER[theme()].colour : DISTANCES[theme()][Math.min(distance, FARTHEST)]);

export const paint = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

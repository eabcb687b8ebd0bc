// Words too pale to be read (WCAG 2.2, 1.4.3) on the worst ground they may have: `() => ["3.97 …", …]`.
// axe-core leaves out what stands on a picture or a gradient; here a picture is white and black,
// and each colour of a gradient is everywhere.
() => {
  const PICTURES = ":scope > :is(video, .still)";
  const GLOW = [48, 47, 46, 1]; // the viewer's page at its brightest (GLOW_MOST in viewer.js)
  const colour = (text) => {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return [red, green, blue, alpha];
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3]));
  const linear = (value) => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const ratio = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const meet = (one, other) => {
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  };

  /** Every colour that may lie behind an element. */
  const grounds = (element) => {
    const layers = [];
    let found = document.querySelector("canvas.glow") ? [GLOW, [12, 10, 9]] : [[12, 10, 9]];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const stops = style.backgroundImage.match(/rgba?\([^)]+\)/g)?.map(colour) ?? [];
      layers.unshift([[colour(style.backgroundColor)], stops]);
      if (colour(style.backgroundColor)[3] === 1 || (stops.length && stops.every(([, , , alpha]) => alpha === 1))) break;
      const picture = at.parentElement?.querySelector(PICTURES);
      if (picture && picture !== at && meet(element, picture)) {
        found = [[255, 255, 255], [0, 0, 0]];
        break;
      }
    }
    for (const options of layers.flat()) {
      if (options.length) found = found.flatMap((under) => options.map((one) => over(one, under)));
    }
    return found;
  };

  const pale = (element) => {
    const style = getComputedStyle(element);
    const ink = colour(style.color);
    for (let at = element; at; at = at.parentElement) ink[3] *= Number(getComputedStyle(at).opacity);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const worst = Math.min(...grounds(element).map((ground) => ratio(over(ink, ground), ground)));
    return worst < (isLarge ? 3 : 4.5) ? `${worst.toFixed(2)} ${style.color} ${size} px: ${element.outerHTML.slice(0, 120)}` : "";
  };

  const isRead = (element) =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
    !element.closest(".visually-hidden, [aria-hidden=true], :disabled, option");
  const written = [...document.body.querySelectorAll("*")].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim()),
  );
  return written.filter(isRead).map(pale).filter(Boolean);
}

// What takes a command back, where that leaves the show as it was.

/** The command that undoes `command`, given the view before it; null where nothing does. */
export function undoOf(command, view) {
  if (!view) return null;
  const { status, day, products } = view;
  const { card } = status;
  const again = card && { do: "card.show", product: card.product, for_s: Math.max(1, card.until_s) };
  const ways = {
    take: () => command.segment !== status.segment && { do: "resume" },
    live: () => status.kind !== "live" && { do: "resume" },
    resume: () => status.kind === "live" && { do: "live" },
    arm: () => status.next !== command.segment && status.next && { do: "arm", segment: status.next },
    layout: () => status.layout !== command.layout && { do: "layout", layout: status.layout },
    busy: () => day.is_busy !== command.is_busy && { do: "busy", is_busy: day.is_busy },
    "camera.lock": () => (status.booth.camera_lock === "on") !== command.is_locked && { do: "camera.lock", is_locked: !command.is_locked },
    "ear.mute": () => (status.voice.ear === "muted") !== command.is_muted && { do: "ear.mute", is_muted: !command.is_muted },
    stock: () => {
      const known = products.find(({ id }) => id === command.product);
      return known && known.stock !== command.stock && { do: "stock", product: known.id, stock: known.stock };
    },
    "card.show": () => again || { do: "card.hide" },
    "card.hide": () => again,
  };
  return ways[command.do]?.() || null;
}

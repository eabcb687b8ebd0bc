// Watches the kiosk page: with which frame on screen is the code of a card first painted?
(() => {
  const cards = { shown: [], frame: 0 };
  window.cards = cards;
  addEventListener("DOMContentLoaded", () => {
    const video = document.querySelector("video");
    const panel = document.querySelector('[data-testid="code"]');
    const image = document.querySelector('[data-testid="qr"]');
    const next = (_, { rtpTimestamp }) => {
      cards.frame = rtpTimestamp;
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
    // Callbacks of frames come before those of the animation in the same painting.
    const painted = (wanted) => requestAnimationFrame((at_ms) => {
      if (panel.hidden || Number(panel.dataset.rtp) !== wanted) return;
      if (!image.complete) return painted(wanted);
      cards.shown.push({ at_ms, wanted, rtp: cards.frame, asked: Number(panel.dataset.shownRtp) });
    });
    new MutationObserver(() => panel.hidden || painted(Number(panel.dataset.rtp)))
      .observe(panel, { attributes: true, attributeFilter: ["hidden"] });
  });
})();

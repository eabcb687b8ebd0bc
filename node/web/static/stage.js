// The picture on a page: holds the last frame through a reconnection, offers the sound.

/** Shows the last frame on `canvas` (over the video) from the loss until a new first frame. */
export function holdLastFrame(whep, video, canvas) {
  whep.addEventListener("state", ({ detail }) => {
    if (detail.state !== "lost" || !video.videoWidth || !canvas.hidden) return;
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.hidden = false;
  });
  whep.addEventListener("first", () => {
    canvas.hidden = true;
  });
}

/** Turns the sound on or off; resolves to whether it is on. */
export async function setSound(video, isOn) {
  video.muted = !isOn;
  try {
    await video.play();
  } catch {
    video.muted = true;
    await video.play().catch(() => {});
  }
  return !video.muted;
}

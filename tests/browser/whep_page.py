"""A page for tests that plays a WHEP session and keeps what it saw in `window.seen`."""

from aiohttp import web

PAGE = """<!doctype html><meta charset="utf-8"><title>WHEP</title>
<video id="video" autoplay playsinline muted width="640" height="360"></video>
<script type="module">
const video = document.getElementById("video");
const seen = window.seen = {frames: [], messages: [], firstFrameMs: null, states: []};
window.play = async (query = "", sections = ["video", "audio"]) => {
  const started = performance.now();
  const pc = window.pc = new RTCPeerConnection({bundlePolicy: "max-bundle"});
  const stream = new MediaStream();
  pc.ontrack = (event) => { stream.addTrack(event.track); video.srcObject = stream; };
  pc.onconnectionstatechange = () => seen.states.push(pc.connectionState);
  for (const kind of sections) pc.addTransceiver(kind, {direction: "recvonly"});
  const channel = pc.createDataChannel("show");
  channel.onmessage = (event) => seen.messages.push(JSON.parse(event.data));
  const step = (now, meta) => {
    seen.firstFrameMs ??= performance.now() - started;
    seen.frames.push(meta.rtpTimestamp);
    video.requestVideoFrameCallback(step);
  };
  video.requestVideoFrameCallback(step);
  await pc.setLocalDescription();
  const response = await fetch("/whep" + query, {
    method: "POST", headers: {"Content-Type": "application/sdp"}, body: pc.localDescription.sdp,
  });
  window.status = response.status;
  window.session = response.headers.get("Location");
  window.answer = await response.text();
  await pc.setRemoteDescription({type: "answer", sdp: window.answer});
};
window.inbound = async (kind) => {
  for (const report of (await window.pc.getStats()).values())
    if (report.type === "inbound-rtp" && report.kind === kind) {
      const codec = (await window.pc.getStats()).get(report.codecId);
      return {...report, mime: codec?.mimeType};
    }
  return null;
};
</script>
"""


async def _page(_request: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


ROUTES = (web.get("/", _page),)
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

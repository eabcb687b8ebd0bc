// A viewer by WHEP: joins, watches that pictures come, and joins again by itself for ever.

import { CueQueue } from "./frames.js";

const FIRST_DELAY_MS = 200;
const LAST_DELAY_MS = 5000;
const FROZEN_MS = 2000; // no presented frame for so long: the path is dead
const DISCONNECTED_MS = 2000;
const CONNECT_MS = 8000; // from POST to the first frame
const ANSWER_MS = 5000;
const WATCH_MS = 250;
const UNTIMED = new Set(["crowd", "message", "soon", "output", "ear", "turn", "answer"]); // belong to no frame
const STEADY_MS = 5000; // after so long the next failure is retried at once again

/**
 * Plays the program in a <video>. Events, each with `detail`:
 * `state` {state: "joining"|"live"|"lost"|"full"|"unsupported"|"stopped"|"unknown_output", retryMs, at}:
 *   stopped, the output may not carry what is on air; it goes on by itself, `at` HH:MM if known
 * `first` {ms}: the first frame is on screen, `ms` after the attempt began
 * `ahead` {message}: the same as soon as it is heard, to make ready what its frame will need
 * `message` {message, rtp, matched}: what the node says, with the frame that it belongs to
 */
export class Whep extends EventTarget {
  #video;
  #kiosk;
  #url;
  #cues = new CueQueue();
  #session = null;
  #delayMs = FIRST_DELAY_MS;
  #retry = 0;
  #watch = 0;
  #lookedAt = 0;

  /** `output` is one of the day's; `kiosk` asks for the least delay. */
  constructor(video, { kiosk = false, output = kiosk ? "kiosk" : "web", url = "/whep" } = {}) {
    super();
    this.#video = video;
    this.#kiosk = kiosk;
    this.#url = `${url}?${new URLSearchParams({ output, ...(kiosk ? { kiosk: "1" } : {}) })}`;
    addEventListener("pagehide", () => this.stop());
    addEventListener("pageshow", (event) => event.persisted && this.start());
    document.addEventListener("visibilitychange", () => this.#forgive());
  }

  /** Joins; resolves to the milliseconds from now to the first frame on screen. */
  start() {
    this.stop();
    this.#lookedAt = performance.now();
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    this.#join();
    return new Promise((resolve) => {
      this.addEventListener("first", ({ detail }) => resolve(detail.ms), { once: true });
    });
  }

  /** Leaves; the node is told. */
  stop() {
    clearInterval(this.#watch);
    clearTimeout(this.#retry);
    this.#leave();
  }

  /** Says something to the node; false where nobody hears it now. */
  send(message) {
    const channel = this.#session?.channel;
    if (channel?.readyState !== "open") return false;
    channel.send(JSON.stringify(message));
    return true;
  }

  async #join() {
    const session = this.#open();
    this.#session = session;
    this.#tell("state", { state: "joining" });
    try {
      const offer = await session.pc.createOffer();
      await session.pc.setLocalDescription({ type: "offer", sdp: inStereo(offer.sdp) });
      const answer = await fetch(this.#url, {
        method: "POST",
        headers: { "Content-Type": "application/sdp" },
        body: session.pc.localDescription.sdp,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      const location = answer.headers.get("Location");
      if (location) session.location = new URL(location, answer.url).href;
      if (session !== this.#session) return forget(session);
      if (!answer.ok) return this.#refused(answer);
      await session.pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    } catch {
      if (session === this.#session) this.#lose();
    }
  }

  #open() {
    const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    const now = performance.now();
    const session = { pc, location: "", startedAt: now, movedAt: now, lostAt: 0, frames: 0, shown: -1, firstMs: 0, isStopped: false };
    const stream = new MediaStream();
    for (const kind of ["video", "audio"]) {
      const { receiver } = pc.addTransceiver(kind, { direction: "recvonly" });
      if (this.#kiosk) receiver.jitterBufferTarget = 0;
    }
    pc.ontrack = ({ track }) => {
      stream.addTrack(track);
      if (track.kind === "video" && session === this.#session) this.#play(session, stream);
    };
    pc.onconnectionstatechange = () => this.#connection(session);
    session.channel = pc.createDataChannel("show");
    session.channel.onmessage = ({ data }) => this.#hear(session, data);
    session.channel.onopen = () => this.#sayFirst(session);
    return session;
  }

  #play(session, stream) {
    const video = this.#video;
    video.srcObject = stream;
    video.play().catch(({ name }) => {
      if (name !== "NotAllowedError") return; // a newer session plays now
      video.muted = true; // no sound before a touch: picture first, the page offers the sound
      video.play().catch(() => {});
    });
    if (!video.requestVideoFrameCallback) return;
    const next = (now, { rtpTimestamp }) => {
      if (session !== this.#session) return;
      this.#frame(session, rtpTimestamp);
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
  }

  #frame(session, rtp) {
    const now = performance.now();
    session.movedAt = now;
    session.frames += 1;
    if (session.frames === 1) {
      session.firstMs = Math.round(now - session.startedAt);
      this.#sayFirst(session);
      this.#tell("first", { ms: now - session.startedAt });
      this.#tell("state", { state: "live" });
    }
    if (now - session.startedAt > STEADY_MS) this.#delayMs = FIRST_DELAY_MS;
    for (const message of this.#cues.due(rtp, now)) {
      this.#tell("message", { message, rtp, matched: rtp !== undefined });
    }
  }

  /** The node learns once how long the first picture took. */
  #sayFirst(session) {
    if (session !== this.#session || !session.frames) return;
    this.send({ t: "seen", first_ms: session.firstMs });
  }

  #hear(session, text) {
    if (session !== this.#session) return;
    const heard = JSON.parse(text);
    if (heard.t === "output") this.#stand(session, heard);
    if (UNTIMED.has(heard.t)) return this.#tell("message", { message: heard, rtp: undefined, matched: false });
    this.#tell("ahead", { message: heard });
    this.#cues.push(heard, performance.now());
    const isBlind = !this.#video.requestVideoFrameCallback || document.hidden;
    if (!isBlind) return;
    for (const message of this.#cues.due(undefined, 0)) {
      this.#tell("message", { message, rtp: undefined, matched: false });
    }
  }

  /** While its output is stopped no pictures come, and none are missed. */
  #stand(session, { state, at }) {
    const wasStopped = session.isStopped;
    session.isStopped = state === "stopped";
    if (session.isStopped) this.#tell("state", { state: "stopped", at });
    else if (wasStopped) {
      session.movedAt = performance.now();
      this.#tell("state", { state: session.frames ? "live" : "joining" });
    }
  }

  #connection(session) {
    if (session !== this.#session) return;
    const { connectionState } = session.pc;
    session.lostAt = connectionState === "disconnected" ? performance.now() : 0;
    if (connectionState === "failed" || connectionState === "closed") this.#lose();
  }

  #look() {
    const now = performance.now();
    const stoodMs = now - this.#lookedAt - WATCH_MS;
    this.#lookedAt = now;
    const session = this.#session;
    if (!session || session.isStopped || document.hidden) return;
    if (!this.#video.requestVideoFrameCallback) this.#count(session);
    if (stoodMs > WATCH_MS) session.movedAt = Math.min(now, session.movedAt + stoodMs); // the page itself stood still
    const limit = session.frames ? FROZEN_MS : CONNECT_MS;
    const isCut = session.lostAt && now - session.lostAt > DISCONNECTED_MS;
    if (isCut || now - session.movedAt > limit) this.#lose();
  }

  /** For browsers that do not call back for each frame. */
  #count(session) {
    const shown = this.#video.getVideoPlaybackQuality().totalVideoFrames;
    if (shown !== session.shown && shown > 0) this.#frame(session, undefined);
    session.shown = shown;
  }

  /** A hidden page presents nothing; that is no fault of the path. */
  #forgive() {
    if (this.#session) this.#session.movedAt = performance.now();
  }

  #refused(answer) {
    const seconds = Number(answer.headers.get("Retry-After")) || 0;
    const state = { 503: "full", 422: "unsupported", 409: "stopped", 404: "unknown_output" }[answer.status] ?? "lost";
    this.#lose(state, Math.min(30_000, seconds * 1000));
  }

  #lose(state = "lost", atLeastMs = 0) {
    this.#leave();
    const jitter = 0.75 + Math.random() / 2;
    const retryMs = Math.max(atLeastMs, this.#delayMs * jitter);
    this.#delayMs = Math.min(LAST_DELAY_MS, this.#delayMs * 2);
    this.#tell("state", { state, retryMs });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#join(), retryMs);
  }

  #leave() {
    const session = this.#session;
    this.#session = null;
    this.#cues.clear();
    if (session) forget(session);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function forget({ pc, location }) {
  pc.close();
  if (location) fetch(location, { method: "DELETE", keepalive: true }).catch(() => {});
}

/** Asks for Opus in stereo (RFC 7587 §6.1); a browser's own offer leaves it mono. */
function inStereo(sdp) {
  const opus = /^a=rtpmap:(\d+) opus\/48000\/2\r?$/m.exec(sdp)?.[1];
  return opus ? sdp.replace(new RegExp(`^(a=fmtp:${opus} .*?)(\r?)$`, "m"), "$1;stereo=1$2") : sdp;
}

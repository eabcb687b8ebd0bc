// The benches' own WHEP player and meters: independent of the product's pages.
(() => {
  const bench = { frames: [], latencies: [], crcFailures: 0, messages: [] };
  window.bench = bench;

  bench.join = async ({ kiosk = false } = {}) => {
    const clicked = performance.now();
    const pc = new RTCPeerConnection();
    const video = document.createElement("video");
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    document.body.append(video);
    const stream = new MediaStream();
    video.srcObject = stream;
    pc.ontrack = ({ track, receiver }) => {
      if (kiosk && "jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
      stream.addTrack(track);
    };
    pc.addTransceiver("video", { direction: "recvonly" });
    pc.addTransceiver("audio", { direction: "recvonly" });
    const channel = pc.createDataChannel("show");
    channel.onmessage = ({ data }) => bench.messages.push({ at: performance.now(), ...JSON.parse(data) });
    await pc.setLocalDescription();
    const answer = await fetch(`/whep${kiosk ? "?kiosk=1" : ""}`, {
      method: "POST", headers: { "Content-Type": "application/sdp" }, body: pc.localDescription.sdp,
    });
    if (answer.status !== 201) throw new Error(`WHEP answered ${answer.status}`);
    const session = new URL(answer.headers.get("Location"), location.href).href;
    const answered = performance.now();
    await pc.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    const first = await new Promise((resolve) => video.requestVideoFrameCallback((now, meta) => resolve({ now, meta })));
    Object.assign(bench, { pc, video, session });
    return { click_ms: first.now - clicked, post_ms: answered - clicked, size: [first.meta.width, first.meta.height] };
  };

  bench.leave = async () => {
    await fetch(bench.session, { method: "DELETE" });
    bench.pc.close();
    bench.video.remove();
  };

  const CRC = (bytes) => bytes.reduce((crc, byte) => {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    return crc & 0xffff;
  }, 0xffff);

  // Geometry: node/capture/barcode.py. Returns ms modulo 2^32, or null when the CRC fails.
  bench.readBarcode = (context, width) => {
    const cell = width / 32;
    const strip = context.getImageData(0, 0, width, Math.ceil(cell * 4)).data;
    const bytes = new Uint8Array(6);
    for (let index = 0; index < 48; index += 1) {
      const x = Math.floor((4 + (index % 24) + 0.5) * cell);
      const y = Math.floor((1 + Math.floor(index / 24) + 0.5) * cell);
      const green = strip[(y * width + x) * 4 + 1];
      if (green > 127) bytes[index >> 3] |= 0x80 >> (index & 7);
    }
    if (((bytes[4] << 8) | bytes[5]) !== CRC(bytes.subarray(0, 4))) return null;
    return ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;
  };

  // Latency of each presented frame for `seconds`; the first `skip` frames are left out.
  bench.measure = (seconds, skip = 60) => new Promise((resolve) => {
    const { video } = bench;
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 360;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const found = { latencies: [], crcFailures: 0, presented: 0, gaps: [] };
    const end = performance.now() + seconds * 1000;
    let before = null;
    const onFrame = (now, meta) => {
      found.presented += 1;
      if (before !== null) found.gaps.push(now - before);
      before = now;
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const stamp = bench.readBarcode(context, canvas.width);
      const shown = performance.timeOrigin + meta.expectedDisplayTime;
      if (found.presented > skip) {
        if (stamp === null) found.crcFailures += 1;
        else found.latencies.push(((Math.round(shown) >>> 0) - stamp) | 0);
      }
      if (performance.now() < end) video.requestVideoFrameCallback(onFrame);
      else resolve(found);
    };
    video.requestVideoFrameCallback(onFrame);
  });

  bench.stats = async () => {
    const found = {};
    for (const report of (await bench.pc.getStats()).values())
      if (report.type === "inbound-rtp") found[report.kind] = report;
    return found;
  };
})();

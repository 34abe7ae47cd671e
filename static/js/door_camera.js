// Reads codes from the camera: with the browser's own detector, or with one of ours that is loaded only then.
(() => {
  "use strict";
  const { root, words } = door;
  const video = root.querySelector("[data-video]");
  const button = root.querySelector("[data-camera]");
  const say = root.querySelector("[data-camera-says]");
  const PAUSE = 120;
  const SAME_CODE = 3_000;
  let stream = null;
  let last = { code: "", at: 0 };

  const detector = async () => {
    const formats = (await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
    const isBuiltIn = formats.includes("qr_code");
    const Detector = isBuiltIn ? BarcodeDetector : (await import(root.dataset.decoderUrl)).BarcodeDetector;
    root.dataset.decoder = isBuiltIn ? "built in" : "ours";
    return new Detector({ formats: ["qr_code"] });
  };

  const stop = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = video.srcObject = null;
    video.hidden = true;
    button.textContent = words.start;
  };

  // The code stays before the camera for a while after it was read.
  const isNew = (code) => {
    const seen = last;
    last = { code, at: Date.now() };
    return code !== seen.code || last.at - seen.at > SAME_CODE;
  };

  const look = async (eyes) => {
    const [found] = await eyes.detect(video).catch(() => []);
    if (stream && found && isNew(found.rawValue)) await door.check(found.rawValue);
    if (stream) setTimeout(look, PAUSE, eyes);
  };

  const start = async () => {
    say.textContent = "";
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
    video.srcObject = stream;
    video.hidden = false;
    button.textContent = words.stop;
    await video.play();
    look(await detector());
  };

  button.hidden = !navigator.mediaDevices;
  button.addEventListener("click", () => {
    if (stream) return stop();
    return start().catch((error) => {
      stop();
      say.textContent = { NotAllowedError: words.refused, NotFoundError: words.noCamera }[error.name] ?? words.broken;
    });
  });
})();

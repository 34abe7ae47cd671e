// An answer that is heard and felt: two rising notes and a short buzz, or one low note and a long buzz.
(() => {
  "use strict";
  const NOTES = { welcome: [[660, 0, 0.12], [990, 0.13, 0.18]], refused: [[160, 0, 0.5]] };
  const BUZZ = { welcome: [80], refused: [250, 90, 250] };
  let audio = null;
  let lock = null;

  // Phones let a page sound only from a touch or a key on, and stop it again while it is hidden.
  const wake = () => {
    if (!document.hidden && audio?.state !== "running") audio?.resume().catch(() => {});
  };
  const begin = () => {
    if (window.AudioContext) audio ??= new AudioContext();
    wake();
  };

  const play = (notes) => {
    for (const [frequency, after, seconds] of notes) {
      const note = new OscillatorNode(audio, { frequency, type: "square" });
      const volume = new GainNode(audio, { gain: 0.2 });
      note.connect(volume).connect(audio.destination);
      note.start(audio.currentTime + after);
      note.stop(audio.currentTime + after + seconds);
    }
  };

  door.signal = (verdict) => {
    const kind = verdict === "welcome" ? "welcome" : "refused";
    try {
      play(NOTES[kind]);
    } catch {
      // A browser without sound still shows it.
    }
    navigator.vibrate?.(BUZZ[kind]);
    door.root.dataset.signalled = `${kind} ${audio?.state ?? "silent"}`;
  };

  door.stayAwake = async () => {
    if (document.hidden || lock?.released === false) return;
    lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  };
  document.addEventListener("visibilitychange", door.stayAwake);
  document.addEventListener("visibilitychange", wake);
  for (const touch of ["click", "submit", "keydown"]) document.addEventListener(touch, begin, true);
})();

// Plays the show's HLS: hls.js where Media Source exists, the browser's own player elsewhere. A
// broken line or a restarted server is retried for ever; the picture holds its last frame
// meanwhile.
import Hls from "hls.js/light";
import type { PlayerLink } from "./player_link";

export interface PlayerEvents {
  picture(): void; // the first frame is there, or it moves again
  stalled(): void;
}

const kRetryFirst_ms = 500;
const kRetryMax_ms = 4_000;

export function play(
  video: HTMLVideoElement, url: string, link: PlayerLink, events: PlayerEvents,
): () => void {
  video.addEventListener("playing", events.picture);
  video.addEventListener("waiting", events.stalled);
  const stop = Hls.isSupported() ? viaHls(video, url, link, events) : viaBrowser(video, url, link);
  return () => {
    link.source = () => undefined;
    video.removeEventListener("playing", events.picture);
    video.removeEventListener("waiting", events.stalled);
    stop();
  };
}

function viaHls(
  video: HTMLVideoElement, url: string, link: PlayerLink, events: PlayerEvents,
): () => void {
  let hls: Hls;
  let retry: ReturnType<typeof setTimeout>;
  let failures = 0;

  function start(): void {
    hls = new Hls({
      liveSyncDurationCount: 2, // 2 s segments: about 4 s behind
      liveMaxLatencyDurationCount: 6,
      backBufferLength: 20,
      maxBufferLength: 12,
      enableWorker: true,
    });
    hls.on(Hls.Events.ERROR, (_, { fatal, type }) => {
      if (!fatal) return;
      events.stalled();
      if (type === Hls.ErrorTypes.MEDIA_ERROR && failures === 0) {
        failures++;
        hls.recoverMediaError();
        return;
      }
      // The server may be restarting and number its segments anew: begin from nothing.
      hls.destroy();
      retry = setTimeout(start, Math.min(kRetryFirst_ms * 2 ** failures++, kRetryMax_ms));
    });
    hls.on(Hls.Events.FRAG_BUFFERED, () => (failures = 0));
    hls.on(Hls.Events.MANIFEST_PARSED, () => void video.play().catch(() => {}));
    hls.loadSource(url);
    hls.attachMedia(video);
  }

  start();
  link.source = () => hls.playingDate?.getTime();
  link.latency = () => hls.latency;
  return () => {
    clearTimeout(retry);
    hls.destroy();
  };
}

// Safari on phones: no Media Source, but HLS inside and the start date of the stream.
function viaBrowser(video: HTMLVideoElement, url: string, link: PlayerLink): () => void {
  const again = () => setTimeout(load, 1_000);
  function load(): void {
    video.src = url;
    void video.play().catch(() => {});
  }
  load();
  video.addEventListener("error", again);
  link.source = () => {
    const start = (video as { getStartDate?(): Date }).getStartDate?.().getTime();
    if (start === undefined || Number.isNaN(start)) return undefined;
    return start + video.currentTime * 1000;
  };
  return () => {
    video.removeEventListener("error", again);
    video.removeAttribute("src");
    video.load();
  };
}

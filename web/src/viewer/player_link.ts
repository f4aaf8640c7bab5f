// What the page may ask the player: the program date-time of the picture on the screen. The player
// itself (player.ts, with hls.js) is a chunk of its own and arrives after the page is usable.
export class PlayerLink {
  source: () => number | undefined = () => undefined;
  latency: () => number | undefined = () => undefined;

  // Milliseconds since 1970 of the frame on the screen; undefined while nothing plays or when the
  // stream carries no program date.
  playing_ms(): number | undefined {
    return this.source();
  }
}

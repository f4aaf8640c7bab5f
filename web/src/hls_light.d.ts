// The light build (no subtitles, no DRM, no alternate audio) has no declarations of its own.
declare module "hls.js/light" {
  export { default } from "hls.js";
}

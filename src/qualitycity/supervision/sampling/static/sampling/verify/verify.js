/* The published draw, checked in the visitor's own browser: no server is asked once the page is loaded.
 *
 *   import { verifyDraw, verifyBundle, mountVerifier } from ".../verify.js";
 *   verifyDraw({announcement, frame, transcript, result, matching, earlier})   one round
 *   verifyBundle({frame, rounds})                                             a whole bundle
 *   filesToBundle(map of name => bytes)                                       from the files of BUNDLE.zip
 *   mountVerifier(element)                                                    the little form of _verifier.html
 */

import { mountVerifier } from "./page.js";

export { verifyBundle, verifyDraw } from "./checks.js";
export { filesToBundle } from "./bundle.js";
export { mountVerifier };

if (typeof document !== "undefined") {
  for (const element of document.querySelectorAll("[data-verifier]")) mountVerifier(element);
}

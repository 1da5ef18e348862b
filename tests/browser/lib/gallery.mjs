// The pages that `make gallery` has written, as a browser finds them. Nothing is sent anywhere.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where they are. */
export const GALLERY = process.env.GALLERY ?? fileURLToPath(new URL("../../../target/gallery", import.meta.url));
/** Where the browser finds them. */
export const HERE = "http://gallery.localhost";
/** Where the samples' courses have pictures, as GO1 has: the pages' policy allows it. */
const PICTURES = "https://pictures.example.com";

/** Answers every request of a window from the gallery, and says which addresses were of somebody else. */
export async function serveGallery(page) {
  if (!existsSync(GALLERY)) throw new Error(`${GALLERY} is not there: make gallery writes it`);
  const foreign = [];
  await page.route("**", (route) => {
    const url = new URL(route.request().url());
    if (url.origin === PICTURES) return route.fulfill({ contentType: "image/svg+xml", body: '<svg xmlns="http://www.w3.org/2000/svg"/>' });
    if (url.origin !== HERE) {
      foreign.push(url.href);
      return route.abort();
    }
    return route.fulfill({ path: `${GALLERY}${url.pathname}` });
  });
  return foreign;
}

/** Stands in for the `linkify-it` package in the bundles: bare addresses stay text, as on the server. */

export class LinkifyIt {}
export default LinkifyIt;

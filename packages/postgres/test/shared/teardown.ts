export { close as default } from "./door.ts";

export { open as default } from "./door.ts";

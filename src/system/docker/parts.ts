/** What the lab uses of testcontainers, in a file of its own: a bundler keeps the names only of a static import. */
export { GenericContainer, getContainerRuntimeClient, getReaper, ImageName } from "testcontainers";

export { type AppOptions, type AppType, createApp } from './app.ts';

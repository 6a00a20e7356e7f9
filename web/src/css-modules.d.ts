declare module '*.css';
declare module 'virtual:chart.css';

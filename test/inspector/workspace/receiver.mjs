// The genuine receiver of @xstate/inspect 0.8 on XState 4: prints what it understood, a JSON object a line.
import { createWebSocketReceiver } from '@xstate/inspect';
import { WebSocket } from 'ws';

// A browser has it; only later versions of Node do.
globalThis.WebSocket = WebSocket;
const print = (line) => console.log(JSON.stringify(line));
// Delays are names to it; it says so for each of them.
console.warn = () => {};

const receiver = createWebSocketReceiver({ server: process.argv[2] });
receiver.subscribe({
  next: (event) => {
    const { type, sessionId } = event;
    if (type === 'service.register') {
      const { machine, state } = event;
      const states = Object.keys(machine.states);
      const steps = Object.keys(machine.states.running.states);
      print({ type, sessionId, id: machine.id, kind: machine.constructor.name, states, steps, value: state.value });
    } else if (type === 'service.state') print({ type, sessionId, value: event.state.value, done: event.state.done });
    else print({ type, sessionId, event: event.event?.name });
  },
  error: (error) => print({ type: 'error', message: error.message }),
});

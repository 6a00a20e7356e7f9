import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../src/testing/manual-clock.ts';

describe('a manual clock', () => {
  it('stands still until it is told to go on', () => {
    const clock = new ManualClock({ now: 100 });
    clock.schedule(0, () => expect.unreachable());
    expect([clock.now(), clock.now()]).toEqual([100, 100]);
  });

  it('runs what is due in order, each at its own time', () => {
    const clock = new ManualClock({ now: 100 });
    const ran: (readonly [string, number])[] = [];
    const note = (name: string) => () => void ran.push([name, clock.now()]);
    clock.schedule(30, note('late'));
    clock.schedule(10, note('first'));
    clock.schedule(10, note('second'));
    clock.schedule(31, note('never'));
    clock.advance(30);
    expect(ran).toEqual([
      ['first', 110],
      ['second', 110],
      ['late', 130],
    ]);
    expect(clock.nextAt).toBe(131);
  });

  it('runs what a task schedules within the time that passes', () => {
    const clock = new ManualClock({ now: 0 });
    const ran: number[] = [];
    const again = () => {
      ran.push(clock.now());
      clock.schedule(10, again);
    };
    clock.schedule(10, again);
    clock.advance(35);
    expect([ran, clock.now()]).toEqual([[10, 20, 30], 35]);
  });

  it('forgets a task that is called off', () => {
    const clock = new ManualClock();
    const forget = clock.schedule(10, () => expect.unreachable());
    forget();
    clock.advance(100);
    expect(clock.nextAt).toBeUndefined();
  });
});

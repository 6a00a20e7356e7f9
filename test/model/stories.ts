const name = (node: number) => `node ${'AB'.charAt(node)}`;

/** What happened, in words, for the counterexample. */
export const stories = {
  takesOver: (node: number) => `${name(node)} takes the saga over`,
  crashes: (node: number) => `${name(node)} crashes and is started anew`,
  writes: (node: number) => `${name(node)} writes what it has sent already`,
  sends: (node: number, command: string, isResent: boolean) =>
    `${name(node)} sends ${command}${isResent ? ' again' : ''}`,
  unsendable: (node: number, command: string) =>
    `${name(node)} cannot send ${command}: refused before anybody saw it`,
  withdraws: (node: number, command: string) => `${name(node)} withdraws ${command}, which was not sent yet`,
  presumes: (node: number, command: string) => `${name(node)} presumes that ${command} has failed`,
  hears: (node: number, awaited: string, from: string, reply: string) =>
    `${name(node)} hears that ${awaited} ${reply}${from === awaited ? '' : ` (the reply was to ${from})`}`,
  cannotRead: (node: number, command: string) => `${name(node)} cannot read the reply to ${command}`,
  nobodyListens: (node: number, command: string) => `${name(node)} hears that nobody listens for ${command}`,
  timer: (node: number, timer: string) =>
    timer === 'deadline'
      ? `the deadline passes at ${name(node)}`
      : `${timer.split('.').slice(2, 4).join(' ')} at ${name(node)}`,
  parks: (node: number) => `${name(node)} gives up and parks the saga`,
  asks: (node: number, action: string, takesOver: boolean) =>
    `a person asks ${name(node)} to ${action}${takesOver ? ', which takes the saga over' : ''}`,
  arrives: (command: string, attempt: number, node: number, course: string, isAgain: boolean) =>
    `${command} (attempt ${attempt} of ${name(node)}) arrives${isAgain ? ' once more' : ''}: the participant ${course}`,
  cancelUnguarded: () => 'a cancel is written over the row, whoever drives the saga',
  secondWrite: () => 'the late copy of the write reaches the database',
  lost: (what: string) => `${what} is lost`,
} as const;

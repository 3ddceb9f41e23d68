// Light, dark, or as the system has it; the choice is remembered on this machine.
const order = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof order)[number];

export class Theme {
  choice = $state<ThemeChoice>(order.find((choice) => choice === localStorage.getItem('theme')) ?? 'system');

  constructor() {
    this.#show();
  }

  /** The next one in turn. */
  turn(): void {
    this.choice = order[(order.indexOf(this.choice) + 1) % order.length] ?? 'system';
    localStorage.setItem('theme', this.choice);
    this.#show();
  }

  #show(): void {
    document.documentElement.dataset['theme'] = this.choice;
  }
}

/** `3.41 J`, `12.3 mJ`, `1.20 kJ`: three significant digits. */
export function formatEnergy(energyJ: number): string {
  for (const [scale, unit] of [[1e3, 'kJ'], [1, 'J'], [1e-3, 'mJ']] as const) {
    if (energyJ >= scale) return `${significant(energyJ / scale)} ${unit}`;
  }
  return `${significant(energyJ / 1e-6)} uJ`;
}

/** Three significant digits without an exponent. */
function significant(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}

export function formatPercent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** `8 s`, `2 min 5 s`, `3 h 20 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

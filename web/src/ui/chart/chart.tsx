// Small charts of our own: columns beside or upon each other, and lines. Every place opens its rows.
import { useElementSize } from '@mantine/hooks';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { target } from '@/lib/path';
import classes from './chart.module.css';
import { roundTop, ticks } from './scale';

export type Series = { name: string; color: string; dashed?: boolean };

/** One place along the axis: what stands there, in the order of the series. */
export type Place = {
  label: string;
  /** All that is known of it, for a pointer and a screen reader. */
  said: string;
  to?: string;
  values: (number | null)[];
};

type Props = {
  label: string;
  kind: 'beside' | 'upon' | 'lines';
  series: Series[];
  places: Place[];
  /** A value along the axis. */
  tick: (value: number) => string;
};

const HEIGHT = 180;
const FOOT = 20;
const HEAD = 8;
const SIDE = 48;

export function Chart({ label, kind, series, places, tick }: Props) {
  const { ref, width } = useElementSize();
  const heights = places.map(({ values }) => height(kind, values));
  const top = roundTop(Math.max(0, ...heights));
  const step = Math.max(0, width - SIDE) / Math.max(1, places.length);
  const y = (value: number) => HEIGHT - FOOT - ((HEIGHT - FOOT - HEAD) * value) / top;
  const every = Math.max(1, Math.ceil(44 / Math.max(step, 1)));
  return (
    <div ref={ref}>
      <div className={classes.legend}>
        {series.map((one) => (
          <span key={one.name}>
            <i style={{ background: one.color }} />
            {one.name}
          </span>
        ))}
      </div>
      <svg className={classes.chart} height={HEIGHT} role="group" aria-label={label}>
        {ticks(top).map((value) => (
          <g key={value}>
            <line className={classes.grid} x1={SIDE} x2={width} y1={y(value)} y2={y(value)} />
            <text x={SIDE - 8} y={y(value) + 4} textAnchor="end">
              {tick(value)}
            </text>
          </g>
        ))}
        {places.map((place, at) => (
          <Opens key={place.label} place={place}>
            <title>{place.said}</title>
            <rect
              className={classes.place}
              x={SIDE + at * step}
              y={HEAD}
              width={step}
              height={HEIGHT - FOOT - HEAD}
            />
            {kind !== 'lines' && (
              <Columns {...{ kind, series, y, step }} values={place.values} x={SIDE + at * step} />
            )}
          </Opens>
        ))}
        {places.map(
          (place, at) =>
            at % every === 0 && (
              <text
                key={place.label}
                x={SIDE + (at + 0.5) * step}
                y={HEIGHT - 5}
                textAnchor="middle"
              >
                {place.label}
              </text>
            ),
        )}
        {kind === 'lines' &&
          series.map((one, at) => (
            <polyline
              key={one.name}
              points={line(places, at, (n) => SIDE + (n + 0.5) * step, y)}
              fill="none"
              stroke={one.color}
              strokeWidth={2}
              strokeLinejoin="round"
              strokeDasharray={one.dashed ? '4 4' : undefined}
              pointerEvents="none"
            />
          ))}
      </svg>
    </div>
  );
}

/** How high a place stands. */
function height(kind: Props['kind'], values: (number | null)[]): number {
  const known = values.map((value) => value ?? 0);
  return kind === 'upon' ? known.reduce((sum, one) => sum + one, 0) : Math.max(0, ...known);
}

function line(
  places: Place[],
  series: number,
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  return places
    .map((place, at) => [at, place.values[series] ?? null] as const)
    .filter((pair): pair is readonly [number, number] => pair[1] !== null)
    .map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`)
    .join(' ');
}

function Opens({ place, children }: { place: Place; children: ReactNode }) {
  if (!place.to) return <g className={classes.group}>{children}</g>;
  return (
    <Link {...target(place.to)} className={classes.group} aria-label={place.said}>
      {children}
    </Link>
  );
}

type ColumnsProps = {
  kind: Props['kind'];
  series: Series[];
  values: (number | null)[];
  x: number;
  step: number;
  y: (value: number) => number;
};

function Columns({ kind, series, values, x, step, y }: ColumnsProps) {
  const wide = Math.min(step * 0.64, 56);
  const begin = x + (step - wide) / 2;
  const each = kind === 'upon' ? wide : wide / series.length;
  let below = 0;
  return series.map((one, at) => {
    const value = values[at] ?? 0;
    const from = kind === 'upon' ? below : 0;
    below += value;
    if (value <= 0) return null;
    return (
      <rect
        key={one.name}
        x={kind === 'upon' ? begin : begin + at * each}
        y={y(from + value)}
        width={Math.max(1, each - (kind === 'beside' ? 1 : 0))}
        height={Math.max(1, y(from) - y(from + value))}
        rx={2}
        fill={one.color}
      />
    );
  });
}

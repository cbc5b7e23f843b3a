import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

/** One row of values over time. */
export interface Series {
  name: string
  values: number[]
  /** Names a colour of the theme. */
  colour: string
  /** A line instead of bars, such as a cap. */
  isLine?: boolean
}

const HEIGHT = 200

/** Values over time as stacked bars, optionally with a line for a cap. A table for screen readers has the same numbers. */
export function Chart(props: {
  label: string
  /** Where each interval starts, in seconds since 1970. */
  starts: number[]
  series: Series[]
  format: (value: number) => string
  formatStart: (seconds: number) => string
}) {
  const { label, starts, series, format, formatStart } = props
  const place = useRef<HTMLDivElement>(null)
  const shown = JSON.stringify([starts, series])

  useEffect(() => {
    const element = place.current
    if (element === null) return
    const draw = () => new uPlot(optionsOf(props, element), stacked(starts, series), element)
    let plot = draw()
    const again = () => {
      plot.destroy()
      plot = draw()
    }
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    // Colours are read when it is drawn.
    const themed = new MutationObserver(again)
    themed.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    const system = matchMedia('(prefers-color-scheme: dark)')
    system.addEventListener('change', again)
    return () => {
      resized.disconnect()
      themed.disconnect()
      system.removeEventListener('change', again)
      plot.destroy()
    }
  }, [shown])

  return (
    <figure class="chart" aria-label={label}>
      <ul class="legend">
        {series.map(({ name, colour, isLine }) => (
          <li key={name}>
            <svg viewBox="0 0 10 10" aria-hidden="true">
              <rect
                class={`fill-${colour}`}
                y={isLine ? 4 : 0}
                width="10"
                height={isLine ? 2 : 10}
                rx={isLine ? 0 : 2}
              />
            </svg>
            {name}
          </li>
        ))}
      </ul>
      <div ref={place} class="plot" aria-hidden="true" />
      <div class="hidden">
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              {series.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {starts.map((start, index) => (
              <tr key={start}>
                <th scope="row">{formatStart(start)}</th>
                {series.map(({ name, values }) => (
                  <td key={name}>{format(values[index] ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  )
}

/** Each bar stands on those before it, so the highest is drawn first. */
function stacked(starts: number[], series: Series[]): uPlot.AlignedData {
  const bars = series.filter(({ isLine }) => !isLine)
  const sums = starts.map(() => 0)
  const tops = bars.map(({ values }) => {
    for (const index of starts.keys()) sums[index] = (sums[index] ?? 0) + (values[index] ?? 0)
    return [...sums]
  })
  const lines = series.filter(({ isLine }) => isLine).map(({ values }) => values)
  return [starts, ...tops.toReversed(), ...lines] as uPlot.AlignedData
}

function optionsOf(
  { starts, series, format, formatStart }: Parameters<typeof Chart>[0],
  element: HTMLElement,
): uPlot.Options {
  const colour = (name: string) => colourOf(name, element)
  const bars = series.filter(({ isLine }) => !isLine).toReversed()
  const lines = series.filter(({ isLine }) => isLine)
  const axis = {
    stroke: colour('muted'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
  }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      // Half a bar of room on both sides.
      x: { time: true, range: (_, min, max) => widened(starts, min, max) },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.1 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 70, values: (_, splits) => splits.map(formatStart) },
      { ...axis, size: 72, values: (_, splits) => splits.map(format) },
    ],
    series: [
      {},
      ...bars.map((each) => ({
        label: each.name,
        fill: colour(each.colour),
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars?.({ size: [0.7, 40] }),
      })),
      ...lines.map((each) => ({
        label: each.name,
        stroke: colour(each.colour),
        width: 2,
        dash: [6, 4],
        points: { show: false },
      })),
    ] as uPlot.Series[],
  }
}

/** A colour of the present theme; the token itself has the light and the dark one. */
function colourOf(name: string, place: HTMLElement): string {
  const probe = document.createElement('span')
  probe.style.color = `var(--${name})`
  place.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

function widened(starts: number[], min: number, max: number): [number, number] {
  const half = (max - min) / Math.max(1, starts.length - 1) / 2 || 1
  return [min - half, max + half]
}

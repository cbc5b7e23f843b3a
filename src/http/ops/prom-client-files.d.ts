// The files of the metrics library, each with what the package has under its name. The package as a whole also loads its collectors of
// the process, its gateway and its cluster, which nothing here uses and which take 20 ms.

declare module 'prom-client/lib/counter.js' {
  import { Counter } from 'prom-client'

  export = Counter
}

declare module 'prom-client/lib/gauge.js' {
  import { Gauge } from 'prom-client'

  export = Gauge
}

declare module 'prom-client/lib/histogram.js' {
  import { Histogram } from 'prom-client'

  export = Histogram
}

declare module 'prom-client/lib/registry.js' {
  import { Registry } from 'prom-client'

  export = Registry
}

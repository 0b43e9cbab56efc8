import { below } from '../../http/random.ts';
import { bean, type Value } from '../tree/bean.ts';

/** The files of a build's archive. */
export function artifactsOf(seed: number, n: number, building: boolean): Value[] {
  const count = building ? 0 : Math.max(0, below(6, seed, n, 71) - 2);
  return Array.from({ length: count }, (_, i) => {
    const fileName = ['app.jar', 'report (final).html', 'größe.txt', 'coverage.xml'][i % 4]!;
    return bean(undefined, {
      displayPath: fileName,
      fileName,
      relativePath: `target/${i > 3 ? `more/${i}/` : ''}${fileName}`,
    });
  });
}

import { Billing } from './billing.ts';
import { Episodes } from './episodes.ts';
import { People } from './people.ts';
import { TitleText } from './title-text.ts';
import { Works } from './works.ts';
import { World, type SampleWorld } from './world.ts';

/** Everything that the rows of a sample are generated from. */
export interface Sample {
  readonly world: World;
  readonly works: Works;
  readonly episodes: Episodes;
  readonly titles: TitleText;
  readonly billing: Billing;
  readonly people: People;
}

/** Creates a sample with these parameters; generates nothing yet. */
export function createSample(parameters: SampleWorld): Sample {
  const world = new World(parameters);
  const works = new Works(world);
  const episodes = new Episodes(world);
  const billing = new Billing(world, works, episodes);
  return {
    world,
    works,
    episodes,
    billing,
    titles: new TitleText(world),
    people: new People(world, works, billing),
  };
}

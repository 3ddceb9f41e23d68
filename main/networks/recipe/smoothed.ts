// fastai's AvgSmoothLoss (fastai/learner.py): an exponential average, corrected for its start at zero.

const beta = 0.98;

/** A function that takes one loss after another and answers with their smoothed value. */
export function smoothed(): (loss: number) => number {
  let average = 0;
  let count = 0;
  return (loss) => {
    count += 1;
    average = beta * average + (1 - beta) * loss;
    return average / (1 - beta ** count);
  };
}

//! The search for weights that refute, as a game: prices against the cheapest way to place everything.
//!
//! We choose prices, the opponent a placement; what a placement costs beyond what there is, is linear in the prices.
//! Prices with which every placement costs too much exist exactly where the value of the game is positive. It is solved by
//! the revised simplex method, and the opponent's choices, which are far too many to list, are made by its oracle. Floats
//! are enough here: whoever asks rounds the prices and verifies them exactly.

/// Differences below this are none.
const TINY: f64 = 1e-9;

/// What is searched.
pub(super) struct Game {
    /// The number of prices.
    pub(super) prices: usize,
    /// Added to what the opponent's choices are worth makes them positive.
    pub(super) shift: f64,
    /// More rounds than this are not played.
    pub(super) rounds: usize,
}

impl Game {
    /// Looks for prices that `accept` takes. `worst` answers prices with the choice that is worth the least under them.
    /// Prices are not negative, and add up to 1.
    pub(super) fn search<T>(
        &self,
        mut worst: impl FnMut(&[f64]) -> Vec<f64>,
        mut accept: impl FnMut(&[f64]) -> Option<T>,
    ) -> Option<T> {
        let mut tableau = Tableau::new(self.prices);
        for _ in 0..self.rounds {
            let duals = tableau.duals();
            let lowest = (0..self.prices).min_by(|left, right| duals[*left].total_cmp(&duals[*right]))?;
            if duals[lowest] < -TINY {
                tableau.enter(&unit(self.prices, lowest), 0.0)?;
                continue;
            }
            let total: f64 = duals.iter().map(|dual| dual.max(0.0)).sum();
            // No prices do better than this against the choices that are known.
            if total > TINY && 1.0 / total - self.shift <= TINY {
                return None;
            }
            let price = |dual: &f64| if total > TINY { dual.max(0.0) / total } else { 1.0 / self.prices as f64 };
            let prices: Vec<f64> = duals.iter().map(price).collect();
            let choice = worst(&prices);
            if product(&prices, &choice) > TINY
                && let Some(found) = accept(&prices)
            {
                return Some(found);
            }
            let column: Vec<f64> = choice.iter().map(|worth| worth + self.shift).collect();
            if product(&duals, &column) >= 1.0 - TINY {
                return None;
            }
            tableau.enter(&column, 1.0)?;
        }
        None
    }
}

fn unit(length: usize, position: usize) -> Vec<f64> {
    (0..length).map(|index| f64::from(u8::from(index == position))).collect()
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// The mix of choices that is best so far: the most of them whose worth at each price is together at most 1.
struct Tableau {
    inverse: Vec<Vec<f64>>,
    costs: Vec<f64>,
    amounts: Vec<f64>,
}

impl Tableau {
    fn new(rows: usize) -> Self {
        let inverse = (0..rows).map(|row| unit(rows, row)).collect();
        Self { inverse, costs: vec![0.0; rows], amounts: vec![1.0; rows] }
    }

    fn duals(&self) -> Vec<f64> {
        let mut duals = vec![0.0; self.costs.len()];
        for (row, cost) in self.inverse.iter().zip(&self.costs).filter(|(_, cost)| **cost > 0.0) {
            duals.iter_mut().zip(row).for_each(|(dual, cell)| *dual += cost * cell);
        }
        duals
    }

    /// Lets a column into the mix; nothing when that is not possible.
    fn enter(&mut self, column: &[f64], cost: f64) -> Option<()> {
        let entering: Vec<f64> = self.inverse.iter().map(|row| product(row, column)).collect();
        let ratio = |row: usize| self.amounts[row] / entering[row];
        let leaving = (0..entering.len())
            .filter(|row| entering[*row] > TINY)
            .min_by(|left, right| ratio(*left).total_cmp(&ratio(*right)))?;
        let pivot = entering[leaving];
        self.inverse[leaving].iter_mut().for_each(|cell| *cell /= pivot);
        self.amounts[leaving] /= pivot;
        self.costs[leaving] = cost;
        let (row, amount) = (self.inverse[leaving].clone(), self.amounts[leaving]);
        for other in (0..entering.len()).filter(|other| *other != leaving && entering[*other].abs() > 0.0) {
            let factor = entering[other];
            self.inverse[other].iter_mut().zip(&row).for_each(|(cell, from)| *cell -= factor * from);
            self.amounts[other] = (self.amounts[other] - factor * amount).max(0.0);
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Game, product};

    /// Prices that are worth something against each of a few choices.
    fn solve(choices: &[[f64; 2]]) -> Option<Vec<f64>> {
        let worst = |prices: &[f64]| {
            let worth = |choice: &&[f64; 2]| product(prices, *choice);
            choices.iter().min_by(|left, right| worth(left).total_cmp(&worth(right))).expect("there is one").to_vec()
        };
        Game { prices: 2, shift: 10.0, rounds: 50 }.search(worst, |prices| Some(prices.to_vec()))
    }

    #[test]
    fn a_game_that_can_be_won_is_won() {
        // p of the first good: 3p − (1 − p) > 0 and −2p + 2(1 − p) > 0 hold for 1/4 < p < 1/2.
        let prices = solve(&[[3.0, -1.0], [-2.0, 2.0]]).expect("there are such prices");
        assert!(0.25 < prices[0] && prices[0] < 0.5, "{prices:?}");
    }

    #[test]
    fn a_game_that_cannot_be_won_is_given_up() {
        // 3p − (1 − p)·3 > 0 needs p > 1/2, and −2p + 2(1 − p) > 0 needs p < 1/2.
        assert_eq!(solve(&[[3.0, -3.0], [-2.0, 2.0]]), None);
        assert_eq!(solve(&[[0.0, -1.0]]), None);
    }
}

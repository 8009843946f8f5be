//! What a full node of each class may weigh. Floats only search here: whoever uses a proposal compares integers.

use crate::fit::guarantee::any_order::SCALE;
use crate::fit::read::pods::WIDTH;

type Amounts = [i128; WIDTH];

/// Groups times classes that one search may look at.
const MOST_LOOKED_AT: usize = 100_000;
const MOST_STEPS: usize = 60;

/// Pods that may fill nodes: how many, and for each class the part of a node that one of them fills, none where it cannot be.
pub(crate) struct Filling {
    pub(crate) count: i128,
    pub(crate) requests: Amounts,
    pub(crate) is_here: Vec<bool>,
}

/// Weights by rules of thumb: alike, by one resource, or by several together. `rooms` is what each class has left for others
/// before it has none for a type that asks for `requests`.
pub(crate) fn plain(rooms: &[Amounts], requests: &Amounts) -> Vec<Vec<i128>> {
    let mut all = vec![vec![SCALE; rooms.len()]];
    if rooms.len() < 2 {
        return all;
    }
    let by = |resource: usize| -> Vec<i128> {
        let most = rooms.iter().map(|room| room[resource]).max().unwrap_or(1).max(1);
        rooms.iter().map(|room| (room[resource] * SCALE / most).max(1)).collect()
    };
    let measures: Vec<Vec<i128>> = (0..WIDTH).filter(|resource| requests[*resource] > 0).map(by).collect();
    let mixed = |mix: &dyn Fn(&[i128]) -> i128| -> Vec<i128> {
        let of = |place: usize| mix(&measures.iter().map(|measure| measure[place]).collect::<Vec<_>>());
        (0..rooms.len()).map(of).collect()
    };
    let least = mixed(&|values| values.iter().copied().min().unwrap_or(SCALE));
    let middle = mixed(&|values| (values.iter().sum::<i128>() / (values.len() as i128).max(1)).max(1));
    let halves: Vec<Vec<i128>> =
        measures.iter().map(|measure| measure.iter().map(|value| i128::midpoint(*value, SCALE)).collect()).collect();
    all.extend(measures);
    all.extend([least, middle]);
    all.extend(halves);
    all
}

/// The part of a node that a pod fills, by the resource of which it fills most.
#[allow(clippy::cast_precision_loss, reason = "a proposal is checked with integers")]
fn part(requests: &Amounts, rooms: &Amounts) -> f64 {
    let parts = requests.iter().zip(rooms).filter(|(_, room)| **room > 0);
    parts.map(|(request, room)| *request as f64 / *room as f64).fold(0.0, f64::max)
}

/// Weights for which what all pods weigh is little beside what all nodes do. By duality they leave nothing to be desired
/// where no division of the pods over the nodes, in whatever parts, fills every node; the search goes towards them: where
/// pods weigh most, a node weighs less.
#[allow(clippy::cast_precision_loss, reason = "a proposal is checked with integers")]
pub(crate) fn searched(
    rooms: &[Amounts],
    sizes: &[i128],
    requests: &Amounts,
    fillings: &[Filling],
) -> Option<Vec<i128>> {
    if rooms.len() < 2 {
        return None;
    }
    let sizes: Vec<f64> = sizes.iter().map(|size| *size as f64).collect();
    let parts: Vec<(f64, Vec<f64>)> = fillings
        .iter()
        .map(|one| {
            let part = |(room, is_here): (&Amounts, &bool)| if *is_here { part(&one.requests, room) } else { 0.0 };
            (one.count as f64, rooms.iter().zip(&one.is_here).map(part).collect())
        })
        .collect();
    // To begin with, a node weighs as many pods of the type as fill it.
    let mut values: Vec<f64> = rooms.iter().map(|room| 1.0 / part(requests, room).max(1e-12)).collect();
    let mut best: Option<(f64, Vec<f64>)> = None;
    let steps = (MOST_LOOKED_AT / (parts.len() * rooms.len()).max(1)).min(MOST_STEPS);
    for step in 0..=steps {
        let most = values.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        values.iter_mut().for_each(|value| *value = (*value / most).max(1e-9));
        // How many nodes of each class the pods fill that weigh most there.
        let mut filled = vec![0.0; rooms.len()];
        let mut total = 0.0;
        for (count, parts) in &parts {
            let weights = parts.iter().zip(&values).map(|(part, value)| part * value).enumerate();
            let (class, weight) = weights.fold((0, 0.0), |best, one| if one.1 > best.1 { one } else { best });
            filled[class] += count * parts[class];
            total += count * weight;
        }
        let limit: f64 = sizes.iter().zip(&values).map(|(size, value)| size * value).sum();
        let ratio = total / limit.max(f64::MIN_POSITIVE);
        if best.as_ref().is_none_or(|(least, _)| ratio < *least) {
            best = Some((ratio, values.clone()));
        }
        let pace = 0.4 / (1.0 + step as f64 / 6.0);
        for ((value, filled), size) in values.iter_mut().zip(filled).zip(&sizes) {
            // What is filled beyond the average is weighed too high.
            let surplus = (filled / size.max(1.0) - ratio).clamp(-1.0, 1.0);
            *value *= (-pace * surplus).exp();
        }
    }
    let (_, values) = best?;
    #[allow(clippy::cast_possible_truncation, reason = "from 1 to the scale")]
    Some(values.into_iter().map(|value| ((value * SCALE as f64) as i128).clamp(1, SCALE)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing of what is extended.
    fn of(known: [i128; 4]) -> Amounts {
        std::array::from_fn(|index| known.get(index).copied().unwrap_or(0))
    }

    #[test]
    fn a_node_weighs_less_where_pods_fill_more_of_it() {
        // Two nodes with 100 of CPU, one with 100 and one with 50 of memory, and 120 pods of 1 of memory. Alike they weigh
        // 120 × 0.02 = 2.4 of 2. With x for the second, 1.2 × max(1, 2x) is below 1 + x where x is from 0.2 to 0.857.
        let rooms = [of([100, 100, 0, 0]), of([100, 50, 0, 0])];
        let filling = Filling { count: 120, requests: of([0, 1, 0, 0]), is_here: vec![true, true] };
        let found = searched(&rooms, &[1, 1], &of([2, 1, 0, 0]), &[filling]).expect("there are two classes");
        assert_eq!(found[0], SCALE);
        assert!((SCALE / 5..SCALE * 857 / 1000).contains(&found[1]), "{found:?}");
    }

    #[test]
    fn like_nodes_are_not_searched() {
        assert_eq!(searched(&[of([1; 4])], &[3], &of([1; 4]), &[]), None);
        assert_eq!(plain(&[of([1; 4])], &of([1; 4])), [vec![SCALE]]);
    }
}

// Package tune finds the settings of one host by experiment.
//
// The two nouns are [Knob], one setting and the values to try, and [Experiment],
// one value measured beside the best setting so far. [Tuner] runs them, one after
// the other, against anything that a [Driver] can start and measure; [NGINX] is
// the driver for a private NGINX with a gate.
//
// # The rule
//
// A value is tried against the best setting so far, never several at once. Both
// are started anew and measured in turns, A B B A, so that whatever else the machine
// does falls on both; after three rounds they are started again, because two runs of
// one program differ for as long as they live. The value is accepted only if two
// things agree ([Rule.Decide]): the Mann-Whitney test, in which the rounds of one
// life are compared among each other, says that the two samples differ, at a level
// that is divided by the number of values that the knob has; and the gain, the median
// of the rounds' ratios, is at least the minimum effect. So a difference that is
// certain but small changes nothing, and neither does a large one that may be
// chance. A value that loses clearly is given up at half time. A value that makes
// requests fail is rejected whatever its rate, and one that ends the failures of most
// rounds is accepted if it is not surely slower.
//
// The processor time that a request costs the server is measured beside it. It is
// told where it is sure, for on a busy machine it is less noisy than the rate, but
// decides nothing: a setting that leaves a processor idle may take less of it.
//
// Rejected gains are kept in the record with their noise band, the range of the
// rounds' ratios: many a published gain lies within it.
//
// # The course of a run
//
// First the knobs are told that have a reason to be skipped. Then the values of each
// other one are tried in order; one with advice is measured, but never becomes part of the setting,
// because the gain has a price that only a person can agree to. At the end all
// accepted values together run against the setting at the start, and each is left
// out once, because a gain may have depended on a value that came later.
//
// Given the experiments of an earlier run ([Tuner.Before]), those that would be
// done again are taken from there. When ctx ends, everything that was started is
// stopped, and what was found so far is returned.
package tune

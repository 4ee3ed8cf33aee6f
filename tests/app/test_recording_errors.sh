#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Recordings with mistakes, and mistakes in what is asked of good ones: one clear line, exit status 2, no trace on the
# disk, on any number of ranks.

# shellcheck source-path=SCRIPTDIR source=mistakes.sh
source "$(dirname "${BASH_SOURCE[0]}")/mistakes.sh"
find_python h5py numpy || skip "no Python with h5py, numpy"

# Times and shapes of series, spikes and trials.
mistakes_in_hdf5() {
  expect_error 'no_rate.*no attribute rate.*activity_interval'       import no_rate.nwb
  expect_error 'rate_zero.*the rate 0 Hz'                             import rate_zero.nwb
  expect_error 'rate_nan.*the rate nan Hz'                            import rate_nan.nwb
  expect_error 'rate_infinite.*the rate inf Hz'                       import rate_infinite.nwb
  expect_error 'conversion_zero.*conversion of 0 and'                import conversion_zero.nwb
  expect_error 'conversion_nan.*conversion of nan and'               import conversion_nan.nwb
  expect_error 'factor_zero.*factor of channel 1 is 0'               import factor_zero.nwb
  expect_error 'in_s.*8e\+03 spikes per second.*units: s, ms or us'    import in_s.h5 -activity_bin 1
  expect_error 'descending.*timestamp 7 .*0\.2 s, after 0\.6 s'      import descending.nwb
  expect_error 'repeated.*timestamp 7 .*ascend'                      import repeated.nwb
  expect_error 'nan_stamp.*timestamp 5 .*nan'                        import nan_stamp.nwb
  expect_error 'nan_first.*timestamp 0 .*nan'                        import nan_first.nwb -activity_resample 50
  expect_error 'uneven.*200 ms before sample 20.*activity_resample'  import uneven.nwb
  expect_error 'uneven.*200 ms before sample 20'                     import uneven.nwb -activity_time 1000:2500
  expect_error 'activity_interval.*not equally spaced'               import uneven.nwb -activity_interval 5 -activity_resample 5
  expect_error 'few_stamps.*39 times for 40 samples'                 import few_stamps.nwb
  expect_error '4 x 40 with 4 electrodes.*activity_layout'           import turned.nwb
  expect_error 'electrodes: has 3 entries for 4'                   import few_rows.nwb
  expect_error 'row 9 is beyond the 4 rows of /general'                          import row_beyond.nwb
  expect_error 'channel_conversion: has 3 factors for 4'             import factors.nwb
  expect_error 'texts.*does not hold numbers'                        import texts.nwb
  expect_error 'cube.*3 dimensions; expected 2'                          import cube.nwb
  expect_error 'no_samples.*is empty'                                import no_samples.nwb
  expect_error 'several.*/acquisition/other, /acquisition/s'         import several.nwb
  expect_error 'nothing.*name the dataset'                           import nothing.nwb
  expect_error 'soft.*whose data is a link to /nowhere, which is missing' import soft.nwb
  expect_error 'soft.*whose data is a link to /nowhere'               import soft.nwb:/acquisition/s
  expect_error 'soft_stamps.*whose timestamps is a link to /acquisit' import soft_stamps.nwb
  expect_error 'external.*(link|no dataset)'                         import external.nwb:/acquisition/s/data
  expect_error 'circle.*(link|no dataset)'                           import circle.nwb:/acquisition/s
  expect_error 'names.*electrodes/label, the file may be damaged'    import names.nwb
  expect_error 'cut\.nwb.*truncated'                                 import cut.nwb
  expect_error 'cut_early\.nwb.*truncated'                           import cut_early.nwb
  expect_error 'unit 1 .*spike 4 of 3'                               import index_beyond.nwb -activity_bin 10
  expect_error 'unit 1 .*spike 1 of 3'                               import index_back.nwb -activity_bin 10
  expect_error 'spike at a time that is not finite'                  import nan_spike.nwb -activity_bin 10
  expect_error 'no_spikes.*no spikes'                                import no_spikes.nwb -activity_bin 10
  expect_error 'timestamps has 2 .*node_ids has 1'                       import few_nodes.h5 -activity_bin 10
  expect_error 'units.*activity_bin MS'                              import units.nwb
  expect_error 'spikes.*activity_bin MS'                             import spikes.h5
  expect_error 'activity_resample.*activity_bin alone'               import units.nwb -activity_bin 10 -activity_resample 5
  expect_error 'trial 1 .*from 1 to 2 s.*overlap'                    import overlap.nwb -activity_trials own
  expect_error 'trial 1 .*to nan s'                                  import nan_stop.nwb -activity_trials own
  expect_error 'trial 1 .*from 2 to 1\.5 s'                          import backward.nwb -activity_trials own
  expect_error '2 start times and 1 stop'                            import few_stops.nwb -activity_trials own
  expect_error 'none of the 40 samples'                              import elsewhere.nwb -activity_trials own
  expect_error 'no table of trials'                                  import good.nwb -activity_trials own
}

# Arrays, tables and what is none of them.
mistakes_in_files() {
  expect_error 'objects.*dtype is not a real number'      import objects.npy
  expect_error 'complex.*dtype is not a real number'      import complex.npy
  expect_error 'texts.*dtype is not a real number'        import texts.npy
  expect_error 'fields.*dtype is not a real number'       import fields.npy
  expect_error 'cube.*more than 2 dimensions'               import cube.npy
  expect_error 'scalar.*no dimensions'                      import scalar.npy
  expect_error 'empty.*is empty'                            import empty.npy
  expect_error 'short.*1400 bytes of 1408'                  import short.npy
  expect_error 'head.*cut short'                            import head.npy
  expect_error 'magic.*cut short'                           import magic.npy
  expect_error 'huge.*cut short'                            import huge.npy
  expect_error 'no_shape.*header cannot be read'                        import no_shape.npy
  expect_error 'not an HDF5 file.*/x'                       import good.npy:/x
  expect_error 'ragged.*line 21: has 2 columns.*3'          import ragged.csv
  expect_error 'long_line.*line 21: has 4 columns.*3'       import long_line.csv
  expect_error "words.*line 21, column 2: \"five\" is not" import words.csv
  expect_error "word_time.*line 21, column 1: .noon. is not a time" import word_time.csv
  expect_error 'no_time.*line 21, column 1: "" is not a ti'  import no_time.csv
  expect_error 'back\.csv.*timestamp 19 .*ascend'           import back.csv
  expect_error 'comments.*no line of numbers'               import comments.csv
  expect_error 'head.*only line is taken as names'                           import head.csv
  expect_error 'only_times.*no columns with channels'       import only_times.csv
  expect_error 'empty.*file is empty'                       import empty.csv
  for spikes in amplitudes noise_unit word_unit; do
    expect_error "$spikes.*may be a list of spikes.*activity_table events" import $spikes.csv
  done
  expect_error 'column 1: "-1" is not the number of a ne'   import noise_unit.csv -activity_table events -activity_bin 10
  expect_error 'column 1: "n[0-3]" is not the number'       import word_unit.csv -activity_table events -activity_bin 10
  expect_error 'stored_flipped.*checksum'                   import stored_flipped.npz
  expect_error 'deflated_flipped.*checksum'                 import deflated_flipped.npz
  expect_error 'lzma.*another method than deflate.*savez_compressed'             import lzma.npz
  expect_error 'column of times.*activity_layout'           import good.csv -activity_layout neuron_time
  expect_error 'an unknown format'        import garbage100.dat
  expect_error 'an unknown format'                    import garbage5000.dat
  expect_error 'folder.*directory'                          import folder
  expect_error 'nowhere\.npy.*No such file'                 import nowhere.npy
}

# Channels, times, output and steps of recordings that are sound.
mistakes_in_options() {
  expect_error 'no channel e9 \(the nearest is e[0-3]\)'     import good.nwb -activity_channels e9
  expect_error 'no channel x;'                              import good.npy -activity_channels 1,x
  expect_error 'only 4 channels'                            import good.nwb -activity_channels 2,4
  expect_error 'only 4 channels'                            import good.npy -activity_channels 2-4
  expect_error 'range 3-1 runs back'                         import good.npy -activity_channels 3-1
  expect_error 'no channel every:0'                         import good.npy -activity_channels every:0
  expect_error 'a word between commas is empty'            import good.npy -activity_channels 1,
  expect_error 'activity_time.*between 0 and 3900 ms'           import good.nwb -activity_time 5000:6000
  expect_error 'activity_time.*between 0 and 3900 ms'           import good.nwb -activity_time 5000: -activity_resample 7
  expect_error 'activity_time.*in that part'                import good.nwb -activity_time 110:190
  expect_error 'end is not after the start'                 import good.nwb -activity_time 2:1
  expect_error 'expected START:END'                         import good.nwb -activity_time soon
  expect_error 'are unknown; give activity_interval'          import good.npy -activity_time 0:5
  expect_error 'are unknown; give activity_interval'          import good.npy -activity_resample 5
  expect_error 'smooth is not among auto, clip'           import good.nwb -activity_steps detrend,smooth
  expect_error 'detrend occurs twice'                          import good.nwb -activity_steps detrend,detrend
  expect_error 'dff: the baseline of .*not positive'        import negative.nwb -activity_steps dff
  expect_error 'dff_window.*give activity_interval'         import good.npy -activity_steps dff -dff_window 50
  expect_error 'deconvolve_decay.*give activity_interval'   import good.npy -activity_steps deconvolve -deconvolve_decay 50
  expect_error 'decimate_factor = 1'                        import good.nwb -activity_steps decimate -decimate_factor 1
  expect_error 'deconvolve_order = 2: give both'            import good.nwb -activity_steps deconvolve -deconvolve_order 2 -deconvolve_decay 5
  expect_error 'neuron 2 .*, sample 11 .*activity_missing drop' import holes.nwb -activity_missing refuse
  expect_error 'neuron 2 .*, sample 11 .*activity_missing drop' granger -activity holes.nwb -granger_order 1 -output analysis
  expect_error 'old: exists already.*-overwrite'            import good.nwb -output old
}

cd "$work"
"$python" "$tests_app/make_odd_recordings.py" . || fail "cannot write the recordings"
expect_success 1 import good.nwb -output old
cp -r old "$scratch/old"
for file in good.npy good.csv stored.npz deflated.npz; do
  expect_success 3 import "$file" -output new
  rm new
done
expect_success 3 import amplitudes.csv -activity_table events -activity_bin 10 -output new
check amplitudes.csv "the third column is not told" grep 'column 3 ("amplitude") left out' "$run_stdout"
rm new
# what is assumed of times is told
expect_success 3 import rows.csv -activity_layout neuron_time -output new
check rows.csv "numbers above the samples are left out in silence" grep 'line 1 (not used.*activity_interval' "$run_stdout"
rm new
expect_success 3 import ends_late.h5 -output new
check ends_late.h5 "an end that is not that of the rows is not told" \
  grep 'mapping/time gives 90 samples (from 0 to 90 in steps of 1), but the data have 40' "$run_stdout"
check ends_late.h5 "ms are assumed in silence" grep 'times in ms (assumed' "$run_stdout"
rm new
expect_success 3 import ends_well.h5 -output new
check ends_well.h5 "an end that is right is called wrong" [ "$(grep -c 'mapping/time gives' "$run_stdout")" -eq 0 ]
rm new
expect_success 3 import in_ms.h5 -activity_bin 1 -output new
check in_ms.h5 "ms are assumed in silence" grep 'times in ms (assumed' "$run_stdout"
rm new
# time second is no mistake when it is said, and a gap in the times none beside the part that is read
expect_success 3 import turned.nwb -activity_layout neuron_time -output new
check turned.nwb "not 4 channels of 40 samples" grep '4 neurons, 40 samples' "$run_stdout"
rm new
expect_success 3 import uneven.nwb -activity_time 2000:3000 -output new
check uneven.nwb "not 9 samples" grep '4 neurons, 9 samples' "$run_stdout"
rm new

for ranks in 1 3; do
  error_on "$ranks" 'give -output' import good.nwb
done
run_tables mistakes_in_hdf5 mistakes_in_files mistakes_in_options

echo "$n_checks further checks; $n_failures failed, counting each table as one"
[ "$n_failures" = 0 ]

#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A mistake in the input of train, forecast, or a run that trains gives exit status 2 and one clear line, on
# any number of ranks, and leaves no trace on the disk. Below the helpers, a line for each mistake.

# shellcheck source-path=SCRIPTDIR source=mistakes.sh
source "$(dirname "${BASH_SOURCE[0]}")/mistakes.sh"
require h5copy h5import h5ls timeout

# the smallest model, untouched by what the defaults cost
shape=(-train_forecaster causalformer -train_width 8 -train_heads 2 -train_head_width 4 -train_hidden 16)
tiny=("${shape[@]}" -train_members 1 -train_epochs 1)
train=(train -activity good.h5:/v "${tiny[@]}")
forecast=(forecast -activity good.h5:/v)
short_run=(run -methods "granger,causalformer" -granger_order 1 -simulate_duration 200)
run=(run -methods "granger,causalformer" -granger_order 1 -activity good.h5:/v)

made() { # ARGUMENT...: one run of the preparations
  run_causeway 1 "$@"
  [ "$run_status" = 0 ] || fail "cannot $1 at all: $(cat "$run_stderr")"
}

# Weights of good_model.h5 without attributes, in /w, but for one dataset.
copy_weights() { # FILE.h5 LEFT_OUT
  local group=/causalformer/member_0/weights name
  while read -r name; do
    [ "$name" = "$2" ] || h5copy -p -i good_model.h5 -o "$1" -s "$group/$name" -d "/w/$name"
  done < <(h5ls "good_model.h5$group" | awk '/Dataset/ { print $1 }')
}

make_inputs() {
  local bias=decoder.layers.0.conv1.bias
  noise 5 200 1 | write_h5 good.h5 5,200
  noise 3 200 2 | write_h5 three.h5 3,200
  noise 5 9 3 | write_h5 nine_samples.h5 5,9
  noise 5 11 4 | write_h5 one_window.h5 5,11
  noise 5 200 5 | with_entry 3 190 1.5 | write_h5 above_one.h5 5,200
  noise 5 200 5 | with_entry 2 5 -1 | write_h5 below_zero.h5 5,200
  noise 5 200 6 | with_entry 4 7 nan | write_h5 nan.h5 5,200
  noise 4 4 7 | write_h5 square4.h5 4,4
  # models: good, of 3 neurons, and damaged
  made train -activity good.h5:/v "${shape[@]}" -train_members 2 -train_epochs 1 -output trained
  mv trained/model.h5 good_model.h5
  made train -activity three.h5:/v "${tiny[@]}" -output trained -overwrite
  mv trained/model.h5 three_model.h5
  rm -rf trained
  head -c 20000 good_model.h5 >truncated.h5
  echo "these are words" >words.h5
  copy_weights unlabelled.h5 none
  copy_weights incomplete.h5 "$bias"
  copy_weights not_finite.h5 "$bias"
  noise 1 16 8 | with_entry 0 5 nan >bias.txt
  h5import bias.txt -dims 16 -path "w/$bias" -type TEXTFP -size 32 -o not_finite.h5
  copy_weights unlike.h5 "$bias"
  h5import bias.txt -dims 4,4 -path "w/$bias" -type TEXTFP -size 32 -o unlike.h5
  h5copy -p -i good_model.h5 -o half.h5 -s /causalformer/member_0 -d /causalformer/member_0
  noise 5 5 9 | write_h5 causality.h5 5,5
  made "${run[@]}" "${tiny[@]}" -output old
}

# What takes a program that edits HDF5 files; each file is good_model.h5 with one thing changed.
edit_models() {
  "$python" - <<'EOF'
import shutil
import h5py
import numpy

def edited(name, edit):
    shutil.copy("good_model.h5", name)
    with h5py.File(name, "r+") as file:
        edit(file)

def without_member(file):
    del file["causalformer/member_1"]

def without_head(file):
    del file["causalformer/member_1/weights/forecaster_onestep.weight"]

def negative_variance(file):
    file["causalformer/member_0/weights/decoder.layers.0.norm3.norm.running_var"][2] = -1

def attribute(key, value):
    def edit(file):
        file["causalformer"].attrs[key] = value
    return edit

edited("without_member.h5", without_member)
edited("without_head.h5", without_head)
edited("negative_variance.h5", negative_variance)
edited("huge.h5", lambda file: (attribute("width", 1 << 16)(file), attribute("hidden", 1 << 20)(file)))
edited("heads_nan.h5", attribute("heads", numpy.nan))
edited("heads_word.h5", attribute("heads", numpy.bytes_("two")))
edited("norm_word.h5", attribute("norm", numpy.bytes_("what")))
edited("norm_variable.h5", attribute("norm", "what"))
EOF
}

mistakes_in_training() {
  # what cannot be read as a value
  expect_error 'no activity.*give -activity'                       train "${tiny[@]}"
  expect_error '-train_norm = group: .*batch\|layer\|none'         "${train[@]}" -train_norm group
  expect_error '-train_loss = l1: .*mse\|poisson\|bce'             "${train[@]}" -train_loss l1
  expect_error '-train_schedule = cosine: .*constant\|onecycle'    "${train[@]}" -train_schedule cosine
  expect_error '-train_encoder_attention = half: .*none\|full'     "${train[@]}" -train_encoder_attention half
  expect_error '-train_kernels = avx1024: .*auto\|'                "${train[@]}" -train_kernels avx1024
  expect_error '-train_kernels = AVX2: .*auto\|'                   "${train[@]}" -train_kernels AVX2
  expect_error '-train_width = wide: .*integer'                    "${train[@]}" -train_width wide
  expect_error '-train_split = many: .*0\.6,0\.2'                  "${train[@]}" -train_split many
  expect_error '-train_split = 0\.6: .*0\.6,0\.2'                  "${train[@]}" -train_split 0.6
  expect_error '-train_split = 0\.6,0\.2,0\.2: '                   "${train[@]}" -train_split 0.6,0.2,0.2
  expect_error '-train_split = 0\.8,0\.2: .*below 1'               "${train[@]}" -train_split 0.8,0.2
  expect_error '-train_split = 0\.9,0\.9: .*below 1'               "${train[@]}" -train_split 0.9,0.9
  expect_error '-train_split = 0,0\.2: .*positive'                 "${train[@]}" -train_split 0,0.2
  expect_error '-train_split = nan,0\.2: '                         "${train[@]}" -train_split nan,0.2
  expect_error '-train_split: needs a value'                       "${train[@]}" -train_split

  # values out of range
  expect_error '-train_context = 0: .*1 and 256'                   "${train[@]}" -train_context 0
  expect_error '-train_context = 1000: .*1 and 256'                "${train[@]}" -train_context 1000
  expect_error '-train_horizon = 0: '                              "${train[@]}" -train_horizon 0
  expect_error '-train_head_width = 65: .*1 and 64'                "${train[@]}" -train_head_width 65
  expect_error '-train_heads = 0: '                                "${train[@]}" -train_heads 0
  expect_error '-train_width = 0: '                                "${train[@]}" -train_width 0
  expect_error '-train_hidden = -3: '                              "${train[@]}" -train_hidden -3
  expect_error '-train_encoder_layers = 0: '                       "${train[@]}" -train_encoder_layers 0
  expect_error '-train_dropout = 1: '                              "${train[@]}" -train_dropout 1
  expect_error '-train_members = 0: '                              "${train[@]}" -train_members 0
  expect_error '-train_batch = 0: '                                "${train[@]}" -train_batch 0
  expect_error '-train_epochs = 0: '                               "${train[@]}" -train_epochs 0
  expect_error '-train_rate = 1e9: .*between'                      "${train[@]}" -train_rate 1e9
  expect_error '-train_rate = -1: .*between'                       "${train[@]}" -train_rate -1
  expect_error '-train_clip = -1: '                                "${train[@]}" -train_clip -1

  # ranks
  expect_error '-train_grid = 2x2x2: .* 8 processes'               "${train[@]}" -train_grid 2x2x2
  expect_error '-train_grid = 3x1x1: '                             "${train[@]}" -train_members 2 -train_grid 3x1x1
  expect_error '-train_grid = 3x1: .*auto or'                      "${train[@]}" -train_grid 3x1
  expect_error '-train_grid = 0x1x3: .*auto or'                    "${train[@]}" -train_grid 0x1x3
  expect_error '-train_grid = 1x1x1x1: .*auto or'                  "${train[@]}" -train_grid 1x1x1x1
  expect_error '-train_grid = 1X1X1: .*auto or'                    "${train[@]}" -train_grid 1X1X1

  # options of another command
  expect_error '-model: .*forecast'                                "${train[@]}" -model good_model.h5
  expect_error '-methods: .*run'                                   "${train[@]}" -methods causalformer
  expect_error '-train_head: .*nearest.*train_head'                "${train[@]}" -train_head 3
}

mistakes_in_data() {
  # size
  expect_error 'train_context = 250 .*200 samples.*activity_layout' "${train[@]}" -train_context 250
  expect_error 'train_context = 10 .* 9 samples'                   "${train[@]}" -activity nine_samples.h5:/v
  expect_error 'train_split = 0\.6,0\.2 of 1 windows'              "${train[@]}" -activity one_window.h5:/v
  expect_error 'train_split = 0\.6,0\.2 of 3 windows.* validation' "${train[@]}" -activity_samples 0:13
  expect_error 'train_split = 0\.001,0\.5 .* training'             "${train[@]}" -train_split 0.001,0.5
  expect_error 'train_split = 0\.9,0\.0999 .* validation'          "${train[@]}" -train_split 0.9,0.0999 -activity_samples 0:20
  expect_error 'activity_samples = 150:100: .*200 samples'         "${train[@]}" -activity_samples 150:100
  expect_error 'activity_samples = 150:100: .*201 samples'         "${short_run[@]}" "${tiny[@]}" -activity_samples 150:100

  # trials and gaps, of which no windows can be cut
  expect_error '2 segments.*activity_trials'                       "${train[@]}" -activity_trials 100
  expect_error '200 samples.* 1 segment of 199 .*activity_difference' "${train[@]}" -activity_difference 1
  expect_error '2 segments.*an unbroken part'                    "${train[@]}" -activity nan.h5:/v -activity_missing drop
  expect_error '2 segments.*an unbroken part'                    "${run[@]}" "${tiny[@]}" -activity nan.h5:/v -activity_missing drop
  expect_error '201 samples .* 3 segments .*activity_trials'       "${short_run[@]}" "${tiny[@]}" -activity_trials 100
  expect_error '2 segments.*activity_trials'                       "${forecast[@]}" -model good_model.h5 -activity_trials 100

  # values
  expect_error 'nan\.h5:/v: neuron 4 .*, sample 7 '                   "${train[@]}" -activity nan.h5:/v
  expect_error 'poisson: neuron 0 .*, sample .*activity_normalize' "${train[@]}" -train_loss poisson
  expect_error 'bce: neuron 0 .*, sample .*activity_normalize'     "${train[@]}" -train_loss bce
  expect_error 'bce: neuron 3 .*, sample 190 .* is 1\.5'                 "${train[@]}" -train_loss bce -activity above_one.h5:/v -activity_normalize none
  expect_error 'poisson: neuron 2 .*, sample 5 .* is -1'                 "${train[@]}" -train_loss poisson -activity below_zero.h5:/v -activity_normalize none
  expect_error '4'                                                 "${train[@]}" -truth square4.h5:/v
  expect_error 'nowhere\.h5: .*No such file'                       "${train[@]}" -truth nowhere.h5

  # a rate at which no member learns anything
  expect_error 'none of the 1 members .*train_rate'                "${train[@]}" -train_rate 1e6
  expect_error 'none of the 3 members .*train_rate'                "${train[@]}" -train_rate 1e6 -train_members 3 -train_norm none

  # in a run, before anything is written
  expect_error '-methods = transformer: .*granger, signed, causalformer' run -methods transformer
  expect_error '-methods = granger,: .*granger, signed, causalformer' run -methods granger,
  expect_error '-methods: needs a value'                           run -methods ''
  expect_error 'train_context = 250 .*201 samples'                 "${short_run[@]}" "${tiny[@]}" -train_context 250
  expect_error 'train_split = 0\.001,0\.5 .* training'             "${short_run[@]}" "${tiny[@]}" -train_split 0.001,0.5
  expect_error '-train_grid = 2x2x2: .* 8 processes'               "${short_run[@]}" "${tiny[@]}" -train_grid 2x2x2
}

mistakes_in_models() {
  expect_error 'give -model'                                       "${forecast[@]}"
  expect_error 'no activity.*give -activity'                       forecast -model good_model.h5
  expect_error '-forecast_split = half: .*training\|validation'    "${forecast[@]}" -model good_model.h5 -forecast_split half
  expect_error '-truth: '                                          "${forecast[@]}" -model good_model.h5 -truth square4.h5:/v

  # files
  expect_error 'nowhere\.h5: .*No such file'                       "${forecast[@]}" -model nowhere.h5
  expect_error 'words\.h5: .*not an HDF5 file'                     "${forecast[@]}" -model words.h5
  expect_error 'truncated\.h5: .*truncated'                        "${forecast[@]}" -model truncated.h5
  expect_error 'good_model\.h5: .*no model at /nothing'            "${forecast[@]}" -model good_model.h5:/nothing
  expect_error 'good_model\.h5: .*no model at .*member_7'          "${forecast[@]}" -model good_model.h5:/causalformer/member_7
  expect_error 'causality\.h5: .*no model at /causalformer'        "${forecast[@]}" -model old/causality.h5
  expect_error 'causality\.h5: .*no model at /v'                   "${forecast[@]}" -model causality.h5:/v
  expect_error 'incomplete\.h5:/w: .*decoder\.layers\.0\.conv1\.bias' "${forecast[@]}" "${shape[@]}" -model incomplete.h5:/w
  expect_error 'not_finite\.h5:/w/decoder\.layers\.0\.conv1\.bias: .*nan' "${forecast[@]}" "${shape[@]}" -model not_finite.h5:/w
  expect_error 'unlike\.h5:/w/decoder\.layers\.0\.conv1\.bias: '   "${forecast[@]}" "${shape[@]}" -model unlike.h5:/w
  expect_error 'half\.h5: '                                        "${forecast[@]}" "${shape[@]}" -model half.h5:/causalformer/member_1

  # another shape, where the file tells its own
  expect_error 'train_heads: .*leave'                              "${forecast[@]}" -model good_model.h5 -train_heads 7
  expect_error 'train_width: .*leave'                              "${forecast[@]}" -model good_model.h5 -train_width 16
  expect_error 'train_hidden: .*leave'                             "${forecast[@]}" -model good_model.h5 -train_hidden 400
  expect_error 'train_head_width: .*leave'                         "${forecast[@]}" -model good_model.h5 -train_head_width 8
  expect_error 'train_context: .*leave'                            "${forecast[@]}" -model good_model.h5 -train_context 7
  expect_error 'train_norm: .*leave'                               "${forecast[@]}" -model good_model.h5 -train_norm layer
  expect_error 'train_loss: .*leave'                               "${forecast[@]}" -model good_model.h5 -train_loss bce
  expect_error 'train_encoder_layers: .*leave'                     "${forecast[@]}" -model good_model.h5 -train_encoder_layers 2

  # and where it does not
  expect_error 'unlabelled\.h5:/w/.*query_projection.weight: .* 8 x 8, .* 28 x 8' "${forecast[@]}" "${shape[@]}" -model unlabelled.h5:/w -train_heads 7
  expect_error 'unlabelled\.h5:/w/.*embed_weight: .* 1 x 9, .* 1 x 17' "${forecast[@]}" "${shape[@]}" -model unlabelled.h5:/w -train_width 16
  expect_error 'unlabelled\.h5:/w/.*conv1\.weight: .* 16 x 8 x 1,' "${forecast[@]}" "${shape[@]}" -model unlabelled.h5:/w -train_hidden 32
  expect_error 'unlabelled\.h5:/w: .*attn_layers\.1'               "${forecast[@]}" "${shape[@]}" -model unlabelled.h5:/w -train_encoder_layers 2
  expect_error 'the model needs .* GB of memory'                            "${forecast[@]}" "${shape[@]}" -model unlabelled.h5:/w -train_width 65536 -train_hidden 1048576

  # activity that the model cannot forecast
  expect_error 'three_model\.h5:.*of 3 neurons.* 5'               "${forecast[@]}" -model three_model.h5
  expect_error 'good_model\.h5:.*of 5 neurons.* 3'                forecast -activity three.h5:/v -model good_model.h5
  expect_error 'train_context = 10 .* 9 samples'                   forecast -activity nine_samples.h5:/v -model good_model.h5
  expect_error 'leaves none of .*forecast_split all'              forecast -activity one_window.h5:/v -model good_model.h5 -forecast_split training
  expect_error 'activity_samples = 150:100: .*200 samples'         "${forecast[@]}" -model good_model.h5 -activity_samples 150:100
  expect_error '-train_grid = 3x1x1: '                             "${forecast[@]}" -model good_model.h5 -train_grid 3x1x1
}

mistakes_in_published_models() {
  local published=(-activity "$CAUSEWAY_DATA/networks_n5.h5:/p0.4/seed4/v"
                   -model "$CAUSEWAY_DATA/trained_models.h5:/seed10/weights")
  expect_error 'query_projection\.weight: .* 80 x 100, .* 56 x 100' forecast "${published[@]}" -train_heads 7
  expect_error 'conv1\.weight: .* 400 x 100 x 1, .* 64 x 100 x 1'   forecast "${published[@]}" -train_hidden 64
  expect_error 'of 5 neurons.* 10'                                forecast "${published[@]}" -activity "$CAUSEWAY_DATA/networks_n10.h5:/p0.4/seed4/v"
  expect_error 'no model at /seed9'                                forecast "${published[@]}" -model "$CAUSEWAY_DATA/trained_models.h5:/seed9"
  expect_error 'has no model; give -model'                         forecast "${published[@]}" -model "$CAUSEWAY_DATA/trained_models.h5"
}

mistakes_in_edited_models() {
  expect_error 'without_member\.h5:.*member_1'                     "${forecast[@]}" -model without_member.h5
  expect_error 'without_head\.h5:.*member_1'                       "${forecast[@]}" -model without_head.h5
  expect_error 'negative_variance\.h5:.*running_var'               "${forecast[@]}" -model negative_variance.h5
  expect_error 'the model needs .* GB of memory'                                         "${forecast[@]}" -model huge.h5
  expect_error 'heads_nan\.h5:.*heads = nan'                       "${forecast[@]}" -model heads_nan.h5
  expect_error 'heads_word\.h5:.*heads'                            "${forecast[@]}" -model heads_word.h5
  expect_error 'norm_word\.h5:.*norm = what'                       "${forecast[@]}" -model norm_word.h5
  expect_error 'norm_variable\.h5:.*norm = what'                       "${forecast[@]}" -model norm_variable.h5
}

cd "$work"
make_inputs
cp -r old "$scratch/old"
tables=(mistakes_in_training mistakes_in_data mistakes_in_models)
if [ -e "$CAUSEWAY_DATA/trained_models.h5" ]; then
  tables+=(mistakes_in_published_models)
fi
if find_python h5py numpy; then
  edit_models
  tables+=(mistakes_in_edited_models)
fi
run_tables "${tables[@]}"

# what looks like a mistake and is none
expect_success 1 "${forecast[@]}" "${shape[@]}" -model unlabelled.h5:/w -output new
rm -rf new
expect_success 3 "${forecast[@]}" -model half.h5:/causalformer/member_0 -output new
rm -rf new
expect_success 1 "${train[@]}" -activity_samples 0:15 -output new
rm -rf new

expect_dry_run "${train[@]}" -output new
expect_dry_run "${train[@]}" -output old -overwrite
expect_dry_run "${short_run[@]}" "${tiny[@]}" -output new
expect_dry_run "${forecast[@]}" -model good_model.h5 -output new

echo "$n_checks further checks; $n_failures failed, counting each table as one"
[ "$n_failures" = 0 ]

#!/usr/bin/env bash
# Makes the demonstration data set in the on-disk layout of AVE, with the ffmpeg program alone.
#
#     tools/demo/make-dataset.sh OUT
#
# 136 clips of about 10 s: 72 train, 24 val, 40 test; every class nine, three and five times.
#
#     class                                       picture          sound     told apart by
#     Low drone, Rising chirp                     yellow ring      own       sound only
#     Red disc, Blue stripes                      own              ticks     sight only
#     Green checks, hissing | beeping             green checks     own       both together:
#     Violet cross, hissing | beeping             violet cross     own       either alone is shared by two classes
#
# An event's picture and sound are present from its start to its end, in whole seconds. Around and under it lie a grey
# noisy picture with a drifting patch of any colour, noise of varying level and faint pings. Places, sizes, hues,
# contrast, pitch and loudness vary.
#
# Three annotated clips are broken on purpose: one cut at 60 % of its bytes (its index was at the end), one a web page
# saved as .mp4 (both train), one missing (val).
#
# Every choice comes from one integer generator, and ffmpeg runs in its bit-exact modes: one version of ffmpeg on one
# kind of machine makes equal bytes each time. OUT appears when complete; a complete OUT is left as it is.

set -u

fail() {
    echo "make-dataset.sh: $*" >&2
    exit 1
}

if [ $# -ne 1 ] || [ -z "$1" ]; then
    echo "usage: make-dataset.sh OUT" >&2
    exit 2
fi
out=$1
case $out in -*) out=./$out ;; esac
if [ -f "$out/ReadMe.txt" ] && [ -f "$out/testSet.txt" ]; then
    echo "$1 is complete; nothing to do"
    exit 0
fi
[ ! -e "$out" ] || [ -z "$(ls -A "$out" 2>&1)" ] || fail "$1 exists and is not this data set"
command -v ffmpeg >/dev/null || fail "the program ffmpeg is missing"

mkdir -p "$(dirname "$out")" 2>/dev/null && parent=$(cd "$(dirname "$out")" && pwd) ||
    fail "cannot create the folder of $1"
out=$parent/$(basename "$out")
work=$out.partial.$$
clean() {
    trap '' EXIT
    # shellcheck disable=SC2046
    kill $(jobs -p) 2>/dev/null
    wait
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir -p "$work/AVE" "$work/log" 2>/dev/null || fail "cannot create $work"
cd "$work" || fail "cannot enter $work"

state=20180908 # of the generator of drand48

# Sets R to a number in $1...$2.
draw() {
    state=$(((state * 0x5deece66d + 11) & 0xffffffffffff))
    R=$(($1 + (state >> 17) % ($2 - $1 + 1)))
}

# Sets R to one of the arguments.
pick() {
    draw 1 $#
    R=${!R}
}

# Sets R to a number in $1...$2 thousandths, as a decimal.
thousandths() {
    draw "$1" "$2"
    printf -v R '%d.%03d' $((R / 1000)) $((R % 1000))
}

# Sets R to a colour 0xRRGGBB near $2 $3 $4: each channel within $1.
hue() {
    local channel value=''
    for channel in "${@:2}"; do
        draw $((channel - $1)) $((channel + $1))
        ((R < 0)) && R=0
        ((R > 255)) && R=255
        printf -v value '%s%02x' "$value" "$R"
    done
    R=0x$value
}

# Sets R to an id as YouTube gives them; every ninth begins with a dash.
identify() {
    local letters=ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_ id='' i
    (($1 % 9 == 4)) && id=-
    (($1 % 27 == 4)) && id=--
    for ((i = ${#id}; i < 11; i++)); do
        draw 0 63
        id+=${letters:R:1}
    done
    R=$id
}

# Sets R to the alpha of a picture of size W x H, 0 or 1, and T to its brightness.
shape() {
    T=1
    case $1 in
        ring) R='between(hypot(X-W/2,Y-H/2),W/6,W/2)' ;;
        disc) R='lt(hypot(X-W/2,Y-H/2),W/2)' ;;
        stripes) R=1 T='if(lt(mod(X+Y,W/4),W/8),1,0.3)' ;;
        checks) R=1 T='if(mod(floor(4*X/W)+floor(4*Y/H),2),1,0.3)' ;;
        cross) R='max(lt(abs(X-W/2),W/5),lt(abs(Y-H/2),H/5))' ;;
    esac
}

# Sets R to a colour of the picture.
tint() {
    case $1 in
        ring) hue 25 215 195 40 ;;
        disc) hue 25 220 40 40 ;;
        stripes) hue 25 40 70 225 ;;
        checks) hue 25 40 185 60 ;;
        cross) hue 25 180 50 205 ;;
    esac
}

# Sets R to the sound as a function of the time t, of amplitude about 1, and T to filters after it.
sound() {
    T=anull
    local f=$2 # in thousandths of its usual pitch or pace
    case $1 in
        drone) R="0.3*(sin(0.754*t*$f)+sin(1.131*t*$f)+0.8*sin(1.508*t*$f)+0.6*sin(2.262*t*$f))*(1+0.2*sin(9*t))" ;;
        chirp)
            R="st(0,mod(t*$f/1000,0.5));0.8*sin(2*PI*ld(0)*(700+3300*ld(0)))" ;;
        ticks) R="(random(0)*2-1)*exp(-90*mod(t*$f/1000,0.143))" ;;
        hiss) R='0.7*(random(0)*2-1)' T='highpass=f=3000,highpass=f=3000' ;;
        beeps) R="lt(mod(t*$f/1000,0.3),0.15)*0.5*(sin(11*t*$f)+0.6*sin(22*t*$f))" ;;
    esac
}

names=(
    'Low drone' 'Rising chirp' 'Red disc' 'Blue stripes'
    'Green checks, hissing' 'Green checks, beeping' 'Violet cross, hissing' 'Violet cross, beeping'
)
pictures=(ring ring disc stripes checks checks cross cross)
sounds=(drone chirp ticks ticks hiss beeps hiss beeps)
splits=(train train val train test train train test train train val train test train test val test)

# Lengths of events in seconds, one for each split above, so that classes have equally many seconds.
lengths=(5 6 4 3 5 8 4 7 5 2 6 9 3 6 4 5 8)

# Draws the look and sound of clip $1, of class $2 and with its event from $3 to $4, and starts ffmpeg in the
# background with the further arguments.
make_clip() {
    local id=$1 class=$2 start=$3 end=$4 index=("${@:5}")
    local size width height rate length ground

    pick 160x120 160x120 176x144 160x90 144x112; size=$R
    width=${size%x*} height=${size#*x}
    pick 25 25 30 30000/1001 30000/1001 15 24; rate=$R
    pick 10 10 10.02 9.98 10.1; length=$R
    draw 70 180; hue 15 "$R" "$R" "$R"; ground=$R

    # The event's picture sways around a place inside the frame.
    local picture side colour alpha brightness x y opacity
    picture=${pictures[class]}
    draw $((height * 70 / 100)) $((height * 95 / 100)); side=$R
    tint "$picture"; colour=$R
    shape "$picture"; alpha=$R brightness=$T
    draw 170 255; opacity=$R
    draw 0 $((width - side)); x=$R
    draw 0 $((height - side)); y=$R
    draw 0 62; x="$x+6*sin(0.9*t+$R/10)"
    draw 0 62; y="$y+4*sin(1.1*t+$R/10)"

    # The drifting patch.
    local patch stain from by row
    draw $((height * 20 / 100)) $((height * 35 / 100)); patch=$R
    hue 100 128 128 128; stain=$R
    draw 0 $((width - patch)); from=$R
    draw -9 9; by=$R
    draw 0 $((height - patch)); row=$R

    local grain seed
    draw 5 18; grain=$R
    draw 1 99999; seed=$R

    # Loudness spreads over some 12 dB for the event and 16 dB for the noise.
    local wave filters gain pitch noise level pulse ping note late
    draw 880 1120; pitch=$R
    sound "${sounds[class]}" "$pitch"; wave=$R filters=$T
    thousandths 80 320; gain=$R
    pick pink brown white; noise=$R
    pick 0.003 0.005 0.008 0.013 0.02; level=$R
    thousandths 100 400; pulse=$R
    draw 150 4000; note=$R
    pick 0 0.01 0.02 0.04; ping=$R
    thousandths 0 2700; late=$R

    local frequency channels
    pick 44100 44100 48000; frequency=$R
    pick stereo stereo mono; channels=$R

    local graph="
        color=c=$ground:s=$size:r=$rate:d=$length,format=yuv420p[ground];
        color=c=$stain:s=${patch}x$patch:r=1:d=1[patch];
        color=c=$colour:s=${side}x$side:r=1:d=1,format=rgba,
            geq=r='r(X,Y)*($brightness)':g='g(X,Y)*($brightness)':b='b(X,Y)*($brightness)':
            a='$opacity*($alpha)'[event];
        [ground][patch]overlay=x='$from+$by*t':y=$row[drift];
        [drift][event]overlay=x='$x':y='$y':enable='gte(t,$start)*lt(t,$end)',
            noise=alls=$grain:allf=t:all_seed=$seed,format=yuv420p[v];
        aevalsrc=s=16000:d=$length:exprs='$gain*clip(60*(t-$start),0,1)*clip(60*($end-t),0,1)*($wave)',
            $filters[sound];
        aevalsrc=s=16000:d=$length:exprs='$ping*sin(2*PI*$note*t)*exp(-5*mod(t+$late,2.7))'[ping];
        anoisesrc=r=16000:d=$length:c=$noise:a=$level:seed=$seed,tremolo=f=$pulse:d=0.7[noise];
        [sound][noise][ping]amix=inputs=3:normalize=0,
            aresample=$frequency,aformat=channel_layouts=$channels,asetnsamples=1024:p=0[a]"

    {
        ffmpeg -nostdin -v error -y -filter_complex_threads 1 -fflags +bitexact \
            -filter_complex "${graph//$'\n'/}" -map '[v]' -map '[a]' -t "$length" \
            -c:v libx264 -preset ultrafast -bf 2 -g 48 -crf 34 -threads 1 -flags:v +bitexact \
            -c:a aac -aac_coder fast -b:a 96k -flags:a +bitexact \
            -fflags +bitexact -map_metadata -1 "${index[@]}" "./AVE/$id.mp4" 2>"./log/$id" ||
            { touch "./log/$id.failed"; exit 1; }
    } &
}

running=0
cores=$(nproc 2>/dev/null || echo 2)
ids=' '
echo 'Category&VideoID&Quality&StartTime&EndTime' >Annotations.txt
for ((i = 0; i < ${#names[@]} * ${#splits[@]}; i++)); do
    class=$((i % ${#names[@]}))
    identify "$i"; id=$R
    [[ $ids != *" $id "* ]] || fail "id $id occurs twice"
    ids+="$id "

    length=${lengths[i / ${#names[@]}]}
    draw 0 $((10 - length)); start=$R
    end=$((start + length))
    line="${names[class]}&$id&good&$start&$end"
    echo "$line" >>Annotations.txt
    echo "$line" >>"${splits[i / ${#names[@]}]}Set.txt"

    # Only every third clip has its index in front.
    index=(-movflags +faststart)
    ((i % 3)) && index=()
    make_clip "$id" "$class" "$start" "$end" "${index[@]}"
    case $i in
        13) cut=$id ;;
        42) page=$id ;;
        83) gone=$id ;;
    esac

    if ((++running >= cores)); then
        wait -n || break
        ((running--))
    fi
done
wait
for log in ./log/*.failed; do
    [ -e "$log" ] || break
    id=${log%.failed}
    fail "ffmpeg cannot make the clip ${id#./log/}: $(head -n 1 "$id")"
done
rm -r log

bytes=$(wc -c <"./AVE/$cut.mp4")
head -c $((bytes * 60 / 100)) "./AVE/$cut.mp4" >cut && mv cut "./AVE/$cut.mp4" || fail "cannot cut $cut.mp4"
rm "./AVE/$gone.mp4"
cat >"./AVE/$page.mp4" <<'PAGE'
<!DOCTYPE html>
<html><head><title>Quota exceeded</title></head>
<body><h1>Sorry, you can't view or download this file at this time.</h1>
<p>Too many users have viewed or downloaded this file recently. Please try accessing the file again later.</p>
</body></html>
PAGE
cat >ReadMe.txt <<README
Synthetic clips in the layout of the AVE data set, made by tools/demo/make-dataset.sh of avprep.

Annotations.txt                           Category&VideoID&Quality&StartTime&EndTime, seconds
trainSet.txt valSet.txt testSet.txt       the same fields, no header line
AVE/<VideoID>.mp4                         H.264 and AAC, about 10 s

Broken on purpose: $cut.mp4 is cut short, $page.mp4 is a web page, $gone.mp4 is missing.
README

[ ! -e "$out" ] || rmdir "$out" || fail "cannot replace $1"
mv "$work" "$out" || fail "cannot rename $work to $1"
trap - EXIT
echo "$1: $i clips, three of them broken on purpose"

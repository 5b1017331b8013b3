"""Words that are one token of the vocabulary o200k wherever they stand, the commonest ones of real projects."""

from __future__ import annotations

from typing import Final

_TEXT: Final = """\
about above accept access action actions active activity actual actually add added adding additional adds advanced
affected after again agent agents alex alias all allow already also always analysis and another answer any api app
appear append apply approved architecture archive are args arm around array arrow artifact ask assert assets async
atomic audit auto automatic available avoid await aware back background backup bare base based bash basic batch
because been before behind being better between bin binary blank block blocked blocking blocks board body bond bool
both bounded box branch branches broken browser bug build built bun but button byte bytes cache call callback called
caller calls can cancel cannot canonical capture cards case cases catch cause chain change changed changes changing
check checked checking checkout checks child children claim class clean cleanup clear cli client clone close closed
cmd code collision color column columns com combined comma command commands comment comments commit common compact
compare comparison compile compiled complete completed completion component components composer condition config
configuration configured confirm confirmation confirmed connection consider consistent console constraint contains
content context continue contract control controls cook copy core correct cost could count counts cover coverage
covers create created creates creating creation crew criteria critical cross ctx current currently cursor custom cwd
cycle cycles daemon dark data database date days debug decision default defaults definition delete deleted dep
dependencies dependency deps derived description design detail details detect dev development dict did diff
different digest dir direct directory dirty disabled disk display doc docs doctor document documents does don done
down draft drag driver drop dry due duplicate during dynamic each edge edit editing editor either else embedded emit
empty enabled end ended endpoint ensure enter entity entries entry env environment equal err error errors escape etc
even event events every exact example examples exclude execution exist existing exists exit expected explicit export
extend external extract fail failed fails failure fallback false fang fast feature features feedback fetch field
fields file filename files filesystem filter filtered filters final find first fix fixed fixture flag flags float
flow flows flush fmt focus focused folder follow footer for force form format formula found four free fresh from
full func function functions future gas gate generate generated generation generic get git github given global good
graph green grep group guard guide had handle handler handlers handles handling hard has hash have head header
health help helper helpers here hidden hide high hint history holds hook hooks how https hub human identify identity
ids ignored impact implement implementation implemented import imports include includes including index info init
initial initialize inline input inputs inside install installation installed instead instruction instructions int
integration interactive interface internal into invalid issue issues item items its job json just keep keeping key
keyboard keys kind label labels large last later latest layer layout lease left legacy level library like limit line
lines link links lint linux list listing lists lite live load loaded loader loading local location lock log logging
logic long look lookup loop loss low mac machine made mail main make makes management manager manual many map mark
markers match matches matching matrix max may meaning means medium memory menu merge merged message messages
metadata method migration minimal minutes missing modal mode model modified modify module mol more most move moves
moving multi multiple must mutation name named names native navigation need needed needs nested never new next nil
node non none normal not note notes nothing now npm null number numeric object off old older once one only onto open
opens operation operations option optional options order ordering ordinal org origin original other out output
outputs outside over override overview own package page pane parallel parameter parent parse parser part partial
pass passed passes passing path paths pattern pending per performance persist persistent phase picker pin plain plan
platform plugin plugins plus point points popup port post pre prefix present prevent preview previous primary
principal prints priority probe problem process production progress project projects prompt proper proto provide
provided public publish published pull push python quality queries query queue quick race ran range rather raw react
read reading reads ready real reason recent record redirect ref reference references refresh refs registry related
release remain remaining remote remove removed rename render renders repair replace replacement repo report reported
reports repos repository request requested require required requires reset resolution resolve resolved resolver
resource response restart restore result results retry return returned returns reuse review rig right risk role
rollback root roots round route routes routing row rows rule rules run running runs runtime safe same save scan
scenario schema schemas scope screen script scripts scroll search second seconds section sections see select
selected selection selector self send sequence serialization serializer server service services session set sets
setting settings shape share shell short show side signal silent simple since single sites size skip snapshot socket
solution sort sorting source spawn specific split sql src stable standard start started starts startup state states
static statistics status statuses stay stderr step steps still stop storage store stored str stress string strings
struct structure structured style success such suite summary support supported surface sync system tab table tag
tags take takes target task tasks temp template templates terminal test tested testing tests text than that the them
then there these they this those thread three through time timer times timestamp title titles tmp toggle token too
tool tools top total town track tracking transaction tree trigger true try tuple two type typed types ubuntu
undefined under unique unit unknown unless until update updated updates upgrade usage use used user users uses using
utility utils valid validate validated validation value values var variable verification verified verify version
versions via view viewer views visible visual wait warning warnings was way web were what when where whether which
while who whole whose why width will win windows with within without wizard wolf work worker workflow working works
workspace would wrapper write writes written wrong yaml you zero
"""

COMMON_WORDS: Final = frozenset(_TEXT.split())

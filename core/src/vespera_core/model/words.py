"""Common words of English and of software, and signs, each one token of o200k_base, bare and after a space.

They were chosen by how often they stand in trackers, documents and programs, and tests hold each to what is said of it.
"""

from __future__ import annotations

from typing import Final


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


EVEN: Final = _set("""
abort about above abs absolute abstract access account action actions active activity actor actual actually adapter
add added adding addition additional addr address addresses adds adjust admin advanced af after again agent ai alex
alias align all allocation allow allowed allows alpha already also alternative always among an analysis and
annotation another ans answer answers any anything api app append application apply apps are area arg args argument
arguments arm around array arrow artifact as ask assert assets assign assigned assignment async at atomic attr
attribute attributes audio audit auth authentication author auto avoid await away azure back backend background
backup bad bar bare base based bases basic batch bd be because been before begin being below bench benchmark best
better between bin binary bit bits blank block blocking blocks board body bond bool boolean both bound box break
broken browser buf buffer bug build built bulk burn but button by byte bytes cache cached calculate call callback
called caller calling calls can cancel candidate cannot canvas capture card cards case cases cat catch categories
category cause chain chains change changed changes changing char character characters chat check checked checker
checking checkout checks child children choice choices chunk ci circle claim class classes clean cleanup clear cli
click client clients clock clone close closed closing cmd co code codes collect collection collections collision
color column columns com combined come command commands comment comments commit common compact compare comparison
compatible compile compiler complete completed completion complex component components composer compress compression
compute condition conditional conditions config configuration configure confirm confirmation connect connection
consider console const constant constants constraint construction constructor container contains content contents
context continue contract control controls conversation conversion convert cook copy core correct cost could count
counter counts cover create created credentials crew criteria critical cross ctrl curl current currently cursor
custom cut cv cycle dark dashboard data database date dates day days db dead debug dec decode deep def default
defaults define defined definition definitions del delay delete deleted dep depend dependency deprecated depth desc
describe description descriptor design dest detail details detect dev develop development dict dictionary did diff
different digest dir direct direction directory dirty disable disabled discover disk dispatch display dist
distribution do doc docs doctor document does domain don done down draft drag driver drop dry dt dual due duplicate
duration during dynamic each early easy echo edge edit editing editor effect either element elements else embedded
emit empty en enable enabled encode encoding end endpoint ends engine ensure enter entities entity entries entry
enum env environment eq equal err error escape even event events every exact example examples exc except exception
exceptions exclusive exec execute execution executor exist existing exists exit exp expand expanded expect expected
experience explicit export extend extended extension external extra extract extras factory facts fail failed failure
fall false family far fast fatal fault feature features feedback fetch field fields file filename files fill filter
filters final find finding finish first fit fits five fix fixed fixture flag flags float floor flow flush fn focus
folder follow foo footer for force fork form format formats formatter forms formula forward found foundation four
fraction frame framework free fresh friendly from fs full fully func function functions future gap gas gate generate
generated generation generator generic get gets gh git github give given glob global go gone good google got grant
graph green group groups had hand handle handler handles handling hang hard has hash have head header headers
heading health heap height held hello help helper here hidden hide high hint history hit hold home hook hooks host
hour hours how html http hub human id identify identity idle if ignore image impact implement implementation import
imports in include included includes including incoming index indicator individual info information init initial
initialize inline inner input inputs insert inside inspect install installation instance instances instead
instruction instructions int integer integration interaction interactive interface interfaces internal into invalid
io ip is issue it item items iter iterator its javascript job jobs join js json just keep kernel key keyboard keys
keyword keywords kill kind know known kw label labels lambda language large last late later latest layer layers
layout leading lease least leave left len length less let level levels lib library license like limit limits line
lines link linked links linux list listed listing lists literal live load loaded loader loading loads local locale
location locations lock log logger logging logic logical logs long look looks loop loss lost low lower mac machine
made mail main make makes making manage managed management manager manifest manual many map mapping maps mark marker
marks mask master match matches matching math matrix matter max maximum may md mean medium member members memo
memory menu merge message messages met metadata method metrics middle migration min missing mixed mk mock mod modal
mode model models modified modify module modules mol moment monitor month more most move moves moving mr ms msg much
multi multiple must mutation my na name named names namespace native navigation near need nested network never new
next nil no node nodes non none normal not note notes nothing notification notifications notify now ns null num
number numbers numeric obj object objects of off offer offers offline offset ok old older on once one only op opcode
open opening operation operations operator opt optimization option optional options or order ordering orders org
origin original os other others our out output outputs outside over overflow override overview own owner pack
package padding page pages pair pane parallel param parameter parameters params parent parents parse parsed parser
part parts pass passed passing past path paths pattern payload pending per percent perform performance permission
permissions persist persistent person phase picture piece pin pipe pipeline place places plain plan planning plans
platform plugin plugins plus point points policy poll pop popup port ports pos position positive post potential pour
power pr pre prec prefix present prevent preview previous primary prime principal print priority private probe
problem process processing processor product production profile program progress project projection projects promise
prompt proper properties property protected proto protocol provide provided provider providers public publish
published pull pure purpose push put px py python queries query question questions queue quick quiet quote race
raise raised raises ran random range rate rather raw re react read reader reading reads ready real reason recent
recommend recommended record red ref reference references reflect refresh regex register registered registration
registry regular reject release released remaining remote remove removed rename render repair repeat replace
replacement repo report reports repository request requested requests require required requires research reserved
reset resolution resolve resolver resource resources resp respect response responses rest restore result results
resume retry return returned returns reverse review rig right risk role roles room root round route routes routing
row rows rpc rule rules run runner running runs runtime safe same sample samples sandbox save saved say scale scan
scenario schema scheme scope score screen script scripts scroll search second seconds section sections security see
seed seek seen select selected selection selector self send sent sentence sep separator seq sequence serialization
serve server service services session sessions set sets setting settings sh sha shape share shell shift short show
side sign signal silent simple since single site sites size sizes skip sleep slice slot slots slow small snapshot so
sock socket solution some something sort sorted sorting source sources space spaces span spawn spec special specific
split spot spread sql sr src st stable stack stamp stand standard standing start started starting starts startup
stat state statement states static statistics stats status stay step still stop storage store stored stores str
strategy stream stress strict string strings strip struct structure style styles sub success such suggest suite sum
summary super support supported surface switch sync syntax sys system systems tab table tag tags tail take taken tar
target task tasks tb team tell temp template templates temporary terms test testing tests text than that the them
then there these they thing this those thread threads three threshold through throw tier time timeline timer times
timestamp title titles tmp to toggle token tokens too tool tools top total town trace track tracking tracks
transaction transition transport tree trigger true try ts tuple turn two txt typ type typed types ui under undo
unexpected unicode union unique unit unix unknown unless unsupported until up update updated updates upgrade url us
usage use used user users uses using utf utilities utility utils val valid validate validation value values var
variable vars vault vector verification verified verify version very vi via view viewer views visible visit visual
vs wait walk want wanted warn warning was way we web website week weeks weight well were what whatever when where
whether which while who whole why width will win window windows wire with within without wizard word words work
worked worker workers workflow working works workspace would wrap wrapped wrapper write writer writes writing
written wrong year yes yet yield you your zero zip
""")
"""Also one with a capital; two tokens at most after any other sign of ASCII."""

ROUGH: Final = _set("""
accept accessible according accuracy against agents algorithm angle approval approved architecture archive arrays
asked attach attempt automatic automation available behavior behind boundary branch breaking building communication
coverage covered creates creating creation decimal decision decoder dependencies depends derived diagram
documentation documents errors estimate estimated everything finally fixtures following forecast globals goal guard
guide helpers initialized installed issues keeping ledger legacy lookup maintenance markdown meaning means measure
methods minimal minute minutes necessary needed needs negative normalize otherwise packages partial patterns
possible precision quality records recursive redirect reduce related relation relations relative requirements
restart roots setup shared should shows shutdown sidebar signature similar steps structured structures successful
supports targets temperature terminal their timeout ubuntu undefined variables versions waiting
""")
"""Also one with a capital; three tokens at most after any other sign of ASCII."""

SMALL: Final = _set("""
abc acceptable affected aliases alone annotations answered appear appropriate approve argv ascii asks attrs aware
baseline bash blocked bounded branches brew bugs builtin bun came canonical chalk chars checkpoint chosen chunks
claimed cls comes comma compiled configured confirmed consistent contain contexts covers ctx cwd cycles daemon
datetime decoded deps digits directories dirname dirs distinct dst duplicates edges efficient elif embedding ended
errno etc exclude existent expired exports extends fails fallback fd filesystem filtered flows fmt focused formatted
fp fullname graphs grep gt handled handlers heartbeat holds hostname https identified ids idx ignored implemented
implements indent indexes ints iteration iterations jest jq kwargs likely lint locals marked markers merged might
nearest newline normalized np npm ones onto opened opens opts ordinal pairs passes pathname pickle pid pip placed
planned preset prints processed quoted rb refs remain renders reported repos repositories repr resolved reuse rm
rollback said sanitize schemas sealed shown simulate specified sprintf sqlite ssl stands statuses stderr stdin
stdout suffix takes tested texts timestamps tm tracked tries typing unset unused usr uuid validated vc vectors
verbose warnings waves weights whose xxx xyz yaml
""")
"""Only in small letters; three tokens at most after any other sign of ASCII."""

CAPITALS: Final = _set("""
AI ALL AND API ASCII BSD CD CHECK CI CLI COUNT CREATE DB DD DEFAULT DELETE DIR DO EOF ERROR EVENT FILE FORMAT FROM
GH GLOBAL GNU HEAD HTML HTTP ID IN INTEGER IP IS ISO JSON KEY LC LOC MARK MAX MM MODE MODULE MQ MR NAME NO NOT ON
ONLY OPTIONS OR OS PATH PID POP PR PY READ README READY RFC ROUND RPC SELECT SHA SIZE SMTP SSL STATE SYS TEXT TODO
TTL TYPE UPDATE URL USER UTC UTF UUID UX VC VERSION WHERE XXX YYYY ZIP
""")
"""In capitals alone; three tokens at most after any other sign of ASCII."""

SIGNS: Final = _set(r'''
!= """ ") ", ": ## ### ') ', '. ': (" (' () (): )) ), ). ): ** -- --- ------ ... ./ // := == >>> [] __ __( `. ```
''')
"""Where no other sign stands beside them."""

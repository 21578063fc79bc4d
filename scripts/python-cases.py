"""Writes test/unit/expression-cases.json: expressions with what CPython makes of them.

Run by hand, with any Python from 3.10 on, after adding a case:  python3 scripts/python-cases.py
The tests read the JSON and never run Python. Values carry their type, since 1, 1.0, True and '1' must not be mistaken
for one another; of errors only the exception's name is kept. Tuples are written as lists, as at the border of Easel.
"""

import json
import math
import pathlib
import random
import types
import warnings


class Dict(dict):
    """A dict whose keys are attributes too, as the job format has it."""

    def __getattr__(self, name):
        if name in self:
            return self[name]
        raise AttributeError(name)


METADATA = Dict(
    i=7,
    n=-3,
    x=0.5,
    y=1234567.891,
    tiny=1e-07,
    one=1.0,
    big=2**70,
    name="kepler",
    quote="it's",
    empty="",
    flag=True,
    nothing=None,
    w=12,
    p=3,
    values=[1, 2.5, "three", None, True],
    nested=Dict(a=Dict(b=[10, 20, 30]), period=12.0),
    astral="a\U0001f52dz",
    period_index=2,
)
REQUESTED = Dict(search=Dict(mes=7.25, outcome="PASS", count=4), other=Dict(x=1))
CONSTANTS = types.SimpleNamespace(
    day=1,
    month=28,
    year=365.25,
    sun_radius=695500e3,
    earth_radius=6371e3,
    jupiter_radius=71492e3,
    phy_AU=149597870700,
    Rearth=0.08911486,
    plato_noise=0.000315,
)

ARITHMETIC = """
1
-1
1.0
2.
.5
1.e5
1e5
1E-7
1_000_000
1_0.0_1
0x1F
0o17
0b101
0XfF
00
1+1
1-2
2*3
7/2
6/3
1/3
2/3
-7/2
0/5
0/-4
-0.0
0.0*-1
7//2
-7//2
7//-2
-7//-2
7.5//2
-7.5//2
7//2.0
-0.0//1
0.0//-1
1e300//1e-10
7%3
-7%3
7%-3
-7%-3
5%-3.0
-5%3.0
5.5%2
-5.5%2
0.0%-3.0
-1e-20%1.0
3%-1e300
2**10
2**0
2**-1
(-2)**3
-2**2
2**-2
2**0.5
4**0.5
2.0**3
10**-5
10**-3
10**20
10.0**20
0**0
0.0**0
2**3**2
(2**3)**2
-2**-2
2**-1**2
1.1**10
1.5**-7
0.1**3
3**40
10**23*1.0
1e23
9.999999999999999e22
0.1+0.2
0.1*3
1e16
1e15
123456789012345678
12345678901234567.0
1e-4
1e-5
0.0001234
5e-324
1.7976931348623157e308
2.2250738585072014e-308
1e400
-1e400
1e400-1e400
1e400*0
2**53+1.0
2**70/2**69
(2**100)/3
3/(2**100)
-(10**30)/7
1/(3*10**300)
(10**400)/(10**399)
(10**300)*(10**300)/(10**600)
1/10**320
3/10**323
(2**70)//3
(2**70)%1000
-(2**70)//3
(2**70)%-1000
True+1
True+True
True*2.5
-True
+False
~5
~True
1<<10
1024>>3
-5>>1
6&3
6|3
6^3
True&False
True|False
True^True
True&1
1+2*3-4/2
(1+2)*3
2*3%4
-3**2
- -3
+-3
1-2-3
2/2/2
100//7//2
7%4%2
1 if True else 2
1 if 0 else 2
1 if [] else 2
1 if '' else 2
1 if 'a' else 2 if 'b' else 3
1 if 0 else 2 if 0 else 3
1if True else 2
(1 if True else 0) + 1
1/0
1//0
1%0
1.0/0
1.0//0
1.0%0
0**-1
0.0**-1
1.0/0.0
1e308**2
10.0**400
2**10000.0
10**400*1.0
int(1e300*1e300)
1+'a'
'a'+1
1-'a'
'a'-'b'
[]+()
-'a'
~1.5
1<<-1
1.5<<1
None+1
[1]*1.5
{}+1
""".strip()

COMPARISONS = """
1==1.0
1==True
0==False
1=='1'
'a'=='a'
None==None
None==0
None==False
1!=2
'1'!=1
1<2
1<2<3
1<3<2
3>2>1
(3>2)>1
1<2==True
(1<2)==True
1==1.0==True
1<2>1
2<1<1/0
1 < 2 in [2]
2**53==2**53+1.0
2**53+1==float(2**53)
2**53+1>float(2**53)
2**53<9007199254740993.0
10**400>1e308
-10**400<-1e308
10**400==float('inf')
10**400<float('inf')
float('nan')==float('nan')
float('nan')!=float('nan')
float('nan')<1
1<float('nan')
not float('nan')<1
0.1+0.2==0.3
'a'<'b'
'a'<'A'
'abc'<'abd'
'ab'<'abc'
''<'a'
'\\U0001f52d'>'\\uffff'
'\\U0001f52d'<'\\ue000'
'Z'<'a'
[1,2]==[1,2]
(1,2)==(1,2)
(1,2)==[1,2]
[1,2]!=(1,2)
[1,2]<[1,3]
[1]<[1,0]
[2]>[1,9]
(1,'a')<(1,'b')
[1,2]<=[1,2]
[1.0]==[1]
[True]==[1]
[]==[]
()==()
[[1]]==[[1]]
1<'a'
'a'<1
[1]<(1,)
None<1
[1]<['a']
1<2<'a'
'b' in 'abc'
'' in 'abc'
'x' in 'abc'
'x' not in 'abc'
1 in [1,2]
1.0 in [1,2]
'1' in [1,2]
True in [1]
1 in (1,)
3 not in (1,2)
[1] in [[1]]
1 in 'abc'
1 in 1
None in [None]
'i' in metadata
'zz' in metadata
'mes' in requested_metadata['search']
1 is True
None is None
metadata['nothing'] is None
metadata['nothing'] is not None
metadata['flag'] is True
metadata['i'] is not None
True is not False
not True
not 0
not ''
not not 1
not 1==2
not True and False
not False or True
not True or True
True and not False or False
not (True and False)
not 1 in [1]
not 1 < 2 and 0
True or False and False
(True or False) and False
1 and 2
0 and 2
1 or 2
0 or 2
0 or ''
'' or None
0 or '' or [] or 5
1 and 2 and 3
1 and 0 and 1/0
1 or 1/0
1 and 'a' or 'b'
0 and 'a' or 'b'
1 if not True and False else 2
[not True and False]
False == (not True)
1 == 1 and 2 == 2
1 < 2 and not 3 < 2
not not True and not False
""".strip()

CALLS = """
abs(-3)
abs(-3.5)
abs(True)
abs(-0.0)
min(1,2)
min(2,1.0)
min(1,1.0)
max(1,1.0)
max(1.0,1)
max([1,3,2])
min((3,1,2))
max('abc')
min('b','a')
max(1,2,3)
min([])
min(1)
min(1,'a')
round(0.5)
round(1.5)
round(2.5)
round(-0.5)
round(-1.5)
round(-2.5)
round(2.675,2)
round(2.665,2)
round(1.005,2)
round(0.125,2)
round(0.375,2)
round(2.5,0)
round(1234.5678,-2)
round(1250.0,-2)
round(1350.0,-2)
round(-0.04,1)
round(5,-1)
round(15,-1)
round(25,-1)
round(-25,-1)
round(1234,-5)
round(1234,2)
round(1.5,None)
round(True)
round(1e300)
round(1e16+0.5)
round(0.1,20)
round(1.1,400)
round(1e-7,7)
round(123.456,-400)
round(float('nan'))
round(float('inf'))
round('a')
round(1.5,1.0)
round(4503599627370497.5)
round(0.49999999999999994)
int(3.7)
int(-3.7)
int('42')
int(' -42 ')
int('+7')
int('1_000')
int('1.5')
int('')
int('abc')
int(True)
int()
int(1e20)
int(None)
int(float('nan'))
int(float('inf'))
int([1])
float(3)
float('1.5')
float(' 1e3 ')
float('1_0.5')
float('.5')
float('5.')
float('inf')
float('-inf')
float('Infinity')
float('nan')
float('-1e-7')
float('abc')
float('')
float('1e')
float()
float(True)
float(None)
str(1)
str(1.0)
str(1e16)
str(123456789.123)
str(1e-7)
str(0.1+0.2)
str(100000.0)
str(-0.0)
str(float('inf'))
str(-float('inf'))
str(float('nan'))
str(True)
str(None)
str('a')
str()
str([1,'a',2.0,None,True])
str((1,))
str((1,2))
str(())
str([])
str([[1,(2,'x')]])
str(["it's"])
str(['"'])
str(['it\\'s "q"'])
str(['a\\nb\\t\\\\'])
str(['\\x00\\x7f\\x80\\xa0\\xad'])
str(['\\u2028\\ud800\\U0001f52d'])
str(['é'])
str(metadata['nested'])
str(requested_metadata)
bool(0)
bool(1)
bool('')
bool('a')
bool(0.0)
bool(float('nan'))
bool([])
bool([0])
bool(())
bool(None)
bool()
bool(metadata)
len('abc')
len('')
len([1,2])
len((1,))
len(metadata['nested'])
len(metadata['astral'])
len(1)
len(None)
sqrt(16)
sqrt(2)
sqrt(2.0)
sqrt(-1)
math.sqrt(9)
log10(1000)
log10(0.001)
math.log10(1e15)
log2(8)
log(1)
log(0)
log(-1)
log10(0)
log(8,2)
math.log(100,10)
log(10,1)
log('a')
exp(0)
exp(1000)
sin(0)
cos(0)
tan(0)
sin(float('inf'))
pow(2,3)
pow(2,-1)
pow(2.0,3)
math.pow(2,3)
pow(0,-1)
math.pi
math.e
pi
e
math.inf
-math.inf
math.nan
math.tau
floor(2.7)
math.floor(-2.5)
math.ceil(2.1)
math.ceil(-2.5)
math.floor(5)
math.floor(float('nan'))
math.fabs(-3)
math.hypot(3,4)
math.degrees(0)
math.degrees(pi)
math.radians(180)
math.asin(2)
math.atan2(0,1)
math.atan2(0,-1)
random.random()
random.random() < 1
sqrt(random.random())
""".strip()

APPROXIMATE = """
log(10)
log(2.5)
log(1000,10)
math.log(3,7)
log(10**400)
log10(7)
log10(10**300)
math.log2(3)
exp(1)
exp(-2.5)
sin(1)
cos(1)
tan(1)
sin(1e6)
math.asin(0.3)
math.acos(0.3)
math.atan(0.3)
math.atan2(1,2)
math.hypot(1,2)
2.5**1.7
10**0.3
10**-0.5
7**-100
1.0001**1000
2*pi*sqrt(3)
log10(metadata['y'])
""".strip()

TEXTS = """
'a'
"a"
'a' 'b'
'a' "b" 'c'
'it\\'s'
"it's"
r'a\\nb'
R'\\d'
u'x'
U"x"
'''a'b'''
\"\"\"a"b\"\"\"
'\\n\\t\\\\\\'\\"\\a\\b\\f\\v\\r'
'\\x41\\101\\u00e9\\U0001f52d'
'\\0'
'\\12\\1234'
'\\d\\q'
'é☃'
'a'+'b'
'a'*3
3*'ab'
'a'*0
'a'*-1
'ab'*True
[1]*2
2*(1,2)
[1]+[2]
(1,)+(2,)
()
[]
(1,)
(1)
1,2
1,
'a','b'
[1,[2,(3,)]]
[1,2,]
{'a':1}
{'a':1,'b':[2]}['b'][0]
{}
{'a':1,'a':2}
'abc'[0]
'abc'[-1]
'abc'[3]
'abc'[-4]
'abc'[True]
'abc'['a']
'abc'[1.0]
[1,2,3][1]
[1,2,3][-1]
[1,2,3][5]
(1,2,3)[2]
'abc'[1:]
'abc'[:1]
'abc'[:]
'abc'[::2]
'abc'[::-1]
'abc'[2:0:-1]
'abc'[-2:]
'abc'[5:]
'abc'[-10:2]
'abc'[1:-1]
'abc'[2:1]
'abcdef'[-1:-4:-2]
'abcdef'[10:0:-2]
'abcdef'[:-10:-1]
'abc'[None:None:None]
'abc'[::0]
'abc'['a':]
[1,2,3][1:]
(1,2,3)[:2]
[1,2,3][::-1]
metadata['astral'][1]
metadata['astral'][::-1]
metadata['astral'][1:]
1[0]
None[0]
metadata['i']
metadata['zz']
metadata[1]
metadata['nested']['a']['b'][1]
metadata['nested']['a']['b'][-1]
metadata['values']
metadata['values'][4]
metadata['values'][1:3]
metadata.i
metadata.nested.a.b[0]
metadata.zz
metadata['name'].zz
requested_metadata['search']['mes']
requested_metadata['search'].outcome
requested_metadata.search.mes
requested_metadata['zz']
requested_metadata['search']['mes'] > 7.1 and requested_metadata['search']['outcome'] == 'PASS'
constants.day
constants.month
constants.year
constants.sun_radius
constants.earth_radius
constants.jupiter_radius
constants.phy_AU
constants.Rearth
constants.plato_noise
constants.earth_radius / constants.jupiter_radius
constants.phy_AU * 2
(1.5 * constants.Rearth)
730 * constants.day
3 * constants.month
metadata['i'] * 2 + 1
metadata['x'] * constants.year
metadata['big'] + 1
'AbC'.lower()
'abc'.upper()
'straße'.upper()
'  a b '.strip()
'xxaxx'.strip('x')
'  a '.lstrip()
'  a '.rstrip()
'a.gz'.rstrip('.gz')
'a,b,,c'.split(',')
' a  b c '.split()
''.split()
''.split(',')
'a--b'.split('--')
'abc'.split('')
'-'.join(['a','b'])
','.join(('a',))
''.join([])
'-'.join('abc')
','.join([1])
','.join(1)
'aXbX'.replace('X','--')
'abc'.replace('','-')
'$&a'.replace('a','$&')
'abc'.replace('z','y')
'abc'.startswith('ab')
'abc'.startswith(('x','a'))
'abc'.endswith('bc')
'abc'.endswith('')
'abc'.startswith(1)
'42'.zfill(5)
'-42'.zfill(5)
'+4'.zfill(4)
'abc'.zfill(2)
(1).lower()
'a'.lower().upper()
('a' if metadata['flag'] else 'b') + '.gz'
'a' + str(metadata['i']) + '.gz'
str(metadata['one']) + '_' + str(metadata['tiny'])
"a" + 'b' * 2
metadata['name'] + '_x'
metadata['name'][0].upper() + metadata['name'][1:]
""".strip()

# Values and the specs to format them with.
SPECS = {
    "7": "|d|5d|05d|<5|>5|^5|^6|=+5|+d|+|- d| d|,|_|b|o|x|X|#b|#o|#x|#X|#010x|c|e|.2e|f|.1f|g|%|n|x<4|*^7|05|<05|*<05|010,|s|.2|q|,x|_x|1.5d|5|+5|z|{|  |<|>+|0|00|#|#d|+c|08.3f|n>3",
    "-7": "|d|5d|05d|<5|^6|=5|+d| d|x|#x|#010b|08,|f|.0f|=+8|*=6",
    "0": "|d|,|05|x|#x|e|g|%|.3",
    "1234567": ",|_|15,|015,|<15,|010,|011,|012,|013,|e|.3e|g|.3g|G|_x|_b|x|,d|_d|,.2f|_.1f|020,.2f|n|,b|+,|.10g",
    "2**70": "|,|x|_x|e|f|.3f|g|d|030,",
    "True": "|d|5|x|s|05|.1f",
    "0.5": "|f|.0f|.1f|.3f|e|.0e|g|%|.0%|.1%|10|<10|010|+|+.2f| .2f|,|n|d|s|x|#.0f|#.0e|#g|r",
    "1.5": "|.0f|.0e|.1e|.3f|8.3f|08.3f|<8.3f|>8.3f|^9.3f|=+9.2f|*^9.2f|.3|.1|.0|g|.3g|#.3g|G|E|F|05.1f|1.1f",
    "2.5": ".0f|.0e|.1g|.0%",
    "0.125": ".2f|.2e|.2g|.1f",
    "2.675": ".2f|.2e|.3g",
    "1e16": "|f|.0f|e|g|,|.3|.17g|.20g",
    "1e22": "|f|,.0f|g",
    "1e23": "|.1f|.0e|.16e|.17g|.6e",
    "1e-7": "|f|.3f|.10f|e|g|.2g|.3|.30f|.1e",
    "0.1": "|.20f|.30f|.17g|.25e|.55f|.60f",
    "5e-324": "|e|.3e|g|.5f|.0e",
    "1.7976931348623157e308": "|e|.3e|g|.17g|.0e",
    "123456.789": "|,|,.2f|_.2f|015,.2f|.3g|.7g|g|e|.0f|012.1f|+.1f|.1e|.5|.6|.7|.12|.2",
    "1234567.0": "|g|.7g|.6g|,|.7|.8|n|.8g|#.8g",
    "100000.0": "|g|.5g|.6|.5|.0f|.3",
    "1000000.0": "|g|G|#g",
    "999999.5": "g|.6g|.0f|.0e|.6",
    "9.995": ".2f|.3g|.2e",
    "99.95": ".1f|.3g|.0e|.1e",
    "0.00001": "|g|f|.1g|G",
    "0.0001": "|g|.1e|.3",
    "0.0": "|f|e|g|.3|%|.0f|+|,|.2e|#.3g",
    "-0.0": "|f|.1f|+|g|05|=6.1f",
    "-1.5": "|.0f|8.2f|08.2f|+.1f|^10.1f|=9.1f| .1f",
    "float('inf')": "|f|e|.2f|8|08|+|%|F|G|,|<6|^7.1f|010,",
    "-float('inf')": "|f|8|08|.1e",
    "float('nan')": "|f|5|F|05|+|%",
    "'abc'": "|s|5|<5|>5|^6|^5|.2|5.2s|*^7|05|x<5|d|,|=5|+|#|f|.0|0<6|6s|-5|-",
    "'a\\U0001f52d'": "5|>5|.1|.2|\\u2603^5",
    "None": "|5|s",
    "[1, 'a']": "|5|s",
    "(1, 2.0)": "|d",
}

PERCENT = {
    "%d": ["5", "-5", "3.7", "-3.7", "True", "'a'", "2**70", "None", "1e20", "float('nan')"],
    "%5d|%-5d|%05d|%+d|% d|%+5d|%-+5d|%.3d|%8.3d|%08.3d|%i|%u|%ld|%#d|%+05d|%-05d": ["5", "-42"],
    "%x|%X|%#x|%#X|%o|%#o|%08x|%#010x|%-8x|%+x|%.4x": ["255", "-255", "0"],
    "%x|%o": ["1.5", "'a'"],
    "%f|%.0f|%.1f|%.3f|%8.3f|%-8.3f|%08.3f|%+.2f|% .2f|%e|%.0e|%5.1e|%.3E|%g|%.3g|%G|%#g|%#.0f|%010.2e|%F|%.10g|%.f": [
        "0.5",
        "1.5",
        "2.5",
        "-1234.5678",
        "1e-07",
        "1e+16",
        "0",
        "-0.0",
        "float('inf')",
        "float('nan')",
    ],
    "%.3f|%g": ["'a'", "None", "7", "True", "2**70"],
    "%s|%r|%5s|%-5s|%.2s|%5.1s|%05s": ["'abc'", "1", "1.0", "None", "[1]", "1e-07", "{'a': 1}", "metadata['quote']"],
    "%c": ["65", "'x'", "'xy'", "1.5", "-1"],
    "%%|100%%|%5%": ["()"],
    "%q|%|%5": ["1"],
    "%s_%s": ["(1, 2)", "(1,)", "(1, 2, 3)", "1", "[1, 2]"],
    "%s": ["(1,)", "()", "((1, 2),)"],
    "%*d|%-*d|%*.3f": ["(6, 5)", "(-6, 5)", "('a', 1)"],
    "%.*f": ["(2, 1.005)", "(-2, 1.5)"],
    "%(i)d|%(name)s_%(x).2f|%(zz)s|%(i)05d|%(i)d%%": ["metadata", "{'i': 1}"],
    "%(i)d": ["5", "(1,)"],
    "abc": ["()", "1", "'x'", "[1]", "metadata", "(1,)", "{}"],
}

FORMATS = """
'{}'.format(1)
'{}{}'.format(1,2)
'{0}{1}{0}'.format('a','b')
'{a}'.format(a=1)
'{a}{}'.format(2,a=1)
'{i}_{name}'.format(**metadata)
'{i}_{zz}'.format(**metadata)
'evsize_{i:04d}_{x:.3f}.gz'.format(**metadata)
'{period_index}_{y:.1f}'.format(**metadata)
'{}'.format(4/2)
'{}'.format(metadata['one'])
'{tiny}'.format(**metadata)
'{big}'.format(**metadata)
'{flag}{nothing}'.format(**metadata)
'{values}'.format(**metadata)
'{mes:.1f}'.format(**requested_metadata['search'])
'{i}{mes}'.format(**metadata, **requested_metadata['search'])
'{x}'.format(**metadata, **requested_metadata['other'])
'{i}{k}'.format(k=5, **metadata)
'{i}'.format(i=5, **metadata)
'{0}{i}'.format(1, **metadata)
'{metadata[i]}'.format(metadata=metadata)
'{m[nested][period]}'.format(m=metadata)
'{m.nested.period}'.format(m=metadata)
'{values[1]}'.format(**metadata)
'{values[9]}'.format(**metadata)
'{values[a]}'.format(**metadata)
'{nested[a][b][2]}'.format(**metadata)
'{0[0]}'.format('abc')
'{0[a]}'.format({'a': 1})
'{0[zz]}'.format({'a': 1})
'{0.zz}'.format(1)
'{c.day}'.format(c=constants)
'{:{}}'.format(5,6)
'{:{w}}|'.format(5,w=6)
'{:{w}.{p}f}'.format(1.5,**metadata)
'{x:{w}.{p}f}'.format(**metadata)
'{0:{1}{2}}'.format(5,'>',6)
'{:{}{}}'.format(5,'<',6)
'{:>{w}}'.format('a',**metadata)
'{x!r}'.format(x='a')
'{x!s}'.format(x='a')
'{!r:>6}'.format('a')
'{0!r}'.format(1.0)
'{!r:.2}'.format('abc')
'{{}}'.format()
'{{{}}}'.format(1)
'a{{b}}c{}'.format(1)
'}}'.format()
''.format()
'abc'.format(1,2)
'{}'.format()
'{1}'.format(1)
'{a}'.format()
'{'.format()
'}'.format()
'{a'.format(a=1)
'a}b'.format()
'{}{0}'.format(1)
'{0}{}'.format(1)
'{!x}'.format(1)
'{!}'.format(1)
'{!rr}'.format(1)
'{a.}'.format(a=1)
'{a[}'.format(a=1)
'{a[0}'.format(a=[1])
'{a[0]b}'.format(a=[1])
'{a[]}'.format(a=[1])
'{:{:{}}}'.format(1,2,3)
'{a{b}}'.format(a=1)
'{ a }'.format(a=1)
'{0[}]}'.format({'}': 1})
'{0[:]}'.format({':': 1})
'{:[>5}'.format(1)
'{:]<5}|'.format(1)
'{:!>5}'.format(1)
'{::>5}'.format(1)
'{:}'.format(1)
'{a:}'.format(a=1.5)
'{}'.format([1,'a'])
'{}'.format((1,))
'{}'.format({'a': 1.0})
'{}'.format(None)
'{:5}'.format([1])
'{}'.format(**1)
'{}'.format('{}')
'{}'.format('{0.__class__}')
metadata['name'].format(1)
('{' + 'i:03d}').format(**metadata)
('a' 'b{}').format(1)
'{:.3f}'.format(2.0005)
'{:.2f}'.format(1.005)
'{:d}'.format(1.0)
'{:d}'.format('1')
'{:.3f}'.format('1')
'{:s}'.format(1)
'{:05d}'.format(True)
'%d_%s' % (metadata['i'], metadata['name'])
'%.3f' % metadata['x'] + '.gz'
'%.3f' % (metadata['x'] * 2)
'%s' % metadata['one'] + '%d'
'%s%%' % 5 * 2
('%s' % 'a') * 2
'transit_search_{tda}'.format(tda='bls_reference')
'{}'.format(round(metadata['y'], 1))
'{}'.format(metadata['y'] / 1000)
'{:.6g}'.format(metadata['y'])
'{:e}'.format(constants.sun_radius)
'{}'.format(constants.sun_radius)
'{}'.format(constants.phy_AU)
'{}'.format(int(metadata['y']))
'{:%}'.format(constants.plato_noise)
""".strip()

BLANKS = [
    "(1 +\n 2)",
    "( 1\n)",
    "  (1)  ",
    "('a'\n 'b')",
    "(1 # one\n + 2)",
    "1 + \\\n 2",
    "('a' # x\n 'b')",
    "(1,\r\n 2)",
    "'a\\\nb'",
    "'''a\nb'''",
    "(\n1\n,\n)",
    "'a'if 1else'b'",
    "1 if'a'in'abc'else 0",
    "\t(1)",
    "'a' \n ",
    "('a')\n# done\n",
    "'a'.upper()[0]",
    "[1][0]",
]


def random_cases(count):
    """Expressions grown at random, to find what nobody thought of: precedence, numbers, truth."""
    rng = random.Random(20240229)

    def atom():
        return rng.choice(
            ["0", "1", "2", "3", "7", "10", "2.5", ".5", "1e3", "0.1", "True", "False", "'a'", "''", "None", "[1]", "(1, 2)"]
            + ["metadata['i']", "metadata['x']", "metadata['n']", "metadata['name']", "pi", "constants.year"]
        )

    def number():
        return rng.choice(
            ["0", "1", "2", "3", "7", "10", "2.5", ".5", "1e3", "0.1", "True", "-4", "metadata['i']", "metadata['x']", "metadata['n']"]
        )

    def grow(depth, leaf):
        if depth == 0:
            return leaf()
        form = rng.randrange(10)
        one = lambda: grow(rng.randrange(depth), leaf)
        if form < 4:
            return f"{one()} {rng.choice(['+', '-', '*', '/', '//', '%', '**'])} {one()}"
        if form == 4:
            return f"{one()} {rng.choice(['<', '<=', '>', '>=', '==', '!='])} {one()}"
        if form == 5:
            return f"{one()} {rng.choice(['and', 'or'])} {one()}"
        if form == 6:
            return f"not {one()}"
        if form == 7:
            return f"-{one()}"
        if form == 8:
            return f"({one()})"
        return f"{one()} if {one()} else {one()}"

    found = []
    while len(found) < count:
        source = grow(rng.choice([3, 4, 5]), rng.choice([atom, number, number]))
        try:
            compile(source, "case", "eval")
        except SyntaxError:
            continue
        case = evaluate(source)
        # Left out: what Easel refuses and Python does not (complex and endless numbers), and powers to the last place.
        text = json.dumps(case)
        if "complex" in text or len(text) > 400 or ("**" in source and "float" in text):
            continue
        found.append(case)
    return found


def tagged(value):
    if value is None:
        return {"none": True}
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, str):
        return {"str": value}
    if isinstance(value, (list, tuple)):
        return {"list": [tagged(each) for each in value]}
    if isinstance(value, dict):
        return {"dict": [[key, tagged(each)] for key, each in value.items()]}
    return {"complex": True}


def scope():
    functions = "pow abs min max round int float str bool len".split()
    names = {name: getattr(__builtins__, name) for name in functions}
    for name in "sqrt log log2 log10 exp sin cos tan pi e floor ceil".split():
        names[name] = getattr(math, name)
    fixed = types.SimpleNamespace(random=lambda: 0.25)
    names.update(metadata=METADATA, requested_metadata=REQUESTED, constants=CONSTANTS, math=math, random=fixed)
    return names | {"__builtins__": {}}


def evaluate(source, **extra):
    try:
        return {"source": source, "value": tagged(eval(source.strip(), scope())), **extra}
    except Exception as error:
        return {"source": source, "error": type(error).__name__, **extra}


def main():
    warnings.simplefilter("ignore")
    sources = [line for table in (ARITHMETIC, COMPARISONS, CALLS, TEXTS, FORMATS) for line in table.splitlines()]
    sources += BLANKS
    sources += [f"'{{:{spec}}}'.format({value})" for value, specs in SPECS.items() for spec in specs.split("|")]
    for templates, values in PERCENT.items():
        sources += [f"'{template}' % {value}" for template in templates.split("|") for value in values]
    cases = [evaluate(source) for source in dict.fromkeys(sources)]
    cases += [evaluate(source, approximate=True) for source in APPROXIMATE.splitlines()]
    cases += random_cases(300)
    metadata = {name: tagged(value) for name, value in METADATA.items()}
    requested = {name: tagged(value) for name, value in REQUESTED.items()}
    lines = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"metadata": {json.dumps(metadata)},\n"requestedMetadata": {json.dumps(requested)},\n"cases": [\n{lines}\n]}}\n'
    path = pathlib.Path(__file__).parent.parent / "test" / "unit" / "expression-cases.json"
    path.write_text(text)
    print(f"{len(cases)} cases in {path}")


if __name__ == "__main__":
    main()

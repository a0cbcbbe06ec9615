# keep both sides of each conflict; arg2: separator text between
import sys,re
p=sys.argv[1]; sep=sys.argv[2].encode().decode('unicode_escape') if len(sys.argv)>2 else ''
s=open(p).read()
def f(m): return m.group(1)+sep+m.group(2)
s=re.sub(r'<<<<<<< [^\n]*\n(.*?)=======\n(.*?)>>>>>>> [^\n]*\n', f, s, flags=re.S)
open(p,'w').write(s)

#include "block/block.h"
#include "position/position.h"
#include "gradient/sequences.h"
#include "kit/training.h"
static int WIDTH=96,HEADS=4,LAYERS=2,FF=384,VOC=8000,ENDS=0,STARTS=0,KIND=0,TOKENS=2048,LONG=40,PUNCT=0,LEARNPOS=0,HASH=65536; static double RATE=1e-3,SECS=150,DROP=.1,WDROP=0,DECAY=.01,SM=0; static int STEPS=0;
static uint64_t fnv(const char*s,size_t n){uint64_t h=14695981039346656037u;for(size_t i=0;i<n;i++)h=(h^(unsigned char)s[i])*1099511628211u;return h;}
struct ent{const char*s;int n;long c;int id;struct ent*nx;};
static struct ent*tab[1<<18];static size_t nent;
static struct ent*find(const char*s,int n,bool make){struct ent**p=&tab[fnv(s,n)&((1<<18)-1)];for(;*p;p=&(*p)->nx)if((*p)->n==n&&!memcmp((*p)->s,s,n))return*p;if(!make)return NULL;struct ent*e=calloc(1,sizeof*e);e->s=strndup(s,n);e->n=n;e->id=-1;*p=e;nent++;return e;}
static int cmp(const void*a,const void*b){const struct ent*x=*(void**)a,*y=*(void**)b;return x->c<y->c?1:x->c>y->c?-1:strcmp(x->s,y->s);}
struct gl{char*text;int n,cat,part,len;int32_t*ids;};
static struct gl*g;static size_t ng;static char*cats[64];static int ncat;
static bool next(const char**s,const char**w,int*n){const char*p=*s;for(;;){while(*p&&!(isalnum(*p)||(PUNCT&&strchr(";,()",*p))))p++;if(!*p)return false;break;}*w=p;if(!isalnum(*p))p++;else while(isalnum(*p)||((*p=='\''||*p=='-')&&isalnum(p[1])))p++;*n=p-*w;*s=p;return true;}
static int lookup(const char*w,int n){struct ent*e=find(w,n,false);if(e&&e->id>=0)return e->id;
 if(ENDS)for(int k=1;k<n;k++){ if(n-k>5)continue; char b[16];int m=snprintf(b,16,"-%.*s",n-k,w+k);e=find(b,m,false);if(e&&e->id>=0)return e->id;}
 return 2;}
static int lookstart(const char*w,int n){struct ent*e=find(w,n,false);if(e&&e->id>=0)return -1;for(int k=n-1<5?n-1:5;k>0;k--){char b[16];int m=snprintf(b,16,"%.*s-",k,w);e=find(b,m,false);if(e&&e->id>=0)return e->id;}return -1;}
enum{CLS=1,PAD=0,UNK=2};
struct m{struct tape*t;struct tensor*w,*g,*b,*o,*ob,*pos;struct block_tensors bl[8];};
static int K,V;
static struct tensor*fw(struct m*m,int32_t*ids,size_t*len,size_t B,size_t T,uint64_t seed){
 struct tape*t=m->t;struct tensor*x=tape_embedding(t,m->w,ids,SHAPE(B,T));
 float*sh=tape_take(t,B*T,sizeof*sh);memset(sh,0,B*T*sizeof*sh);
 if(KIND<2){
  x=tape_scale(t,x,sqrtf(WIDTH));
  if(KIND==0){ if(LEARNPOS) x=tape_add_rows(t,x,m->pos,0); else {float*wv=tape_take(t,T*WIDTH,sizeof*wv);sinusoidal_table(wv,0,T,WIDTH);x=tape_add_rows(t,x,tape_input(t,wv,SHAPE(T,WIDTH)),0);}}
  x=tape_dropout(t,x,&(struct dropout){DROP,mix_bits(seed,99)});
  for(int i=0;i<LAYERS;i++)x=tape_block(t,x,m->bl[i].at,&(struct block){.heads=HEADS,.lengths=len,.drop={DROP,mix_bits(seed,i)}});
  x=tape_layernorm(t,x,m->g,m->b);
  for(size_t b=0;b<B;b++)sh[b*T]=1;
 } else {if(KIND==2){x=tape_scale(t,x,sqrtf(WIDTH)); x=tape_dropout(t,x,&(struct dropout){DROP,mix_bits(seed,99)});} for(size_t b=0;b<B;b++)for(size_t i=0;i<len[b];i++)sh[b*T+i]=1.f/(KIND==2?len[b]:sqrtf(len[b]));}
 x=tape_matmul(t,tape_input(t,sh,SHAPE(B,1,T)),x);
 x=tape_reshape(t,x,SHAPE(B,x->shape[2]));
 if(m->o) x=tape_matmul(t,x,m->o);
 return tape_bias(t,x,m->ob);
}
static size_t pack(int32_t*ids,size_t*len,int32_t*tg,const uint32_t*which,size_t B){size_t T=0;for(size_t b=0;b<B;b++)if((size_t)g[which[b]].len>T)T=g[which[b]].len;
 for(size_t b=0;b<B;b++){struct gl*x=&g[which[b]];len[b]=x->len;tg[b]=x->cat;for(size_t i=0;i<T;i++)ids[b*T+i]=i<(size_t)x->len?x->ids[i]:PAD;}return T;}
static void acc(struct m*m,int part,double*out){size_t n=0,r=0;double L=0;static int32_t ids[256*200],tg[256];static size_t len[256];uint32_t wh[64];size_t nb=0;m->t->no_grad=true;
 for(size_t i=0;i<=ng;i++){ if(i<ng&&g[i].part==part)wh[nb++]=i; if(nb==64||(i==ng&&nb)){tape_reset(m->t);size_t T=pack(ids,len,tg,wh,nb);struct tensor*x=fw(m,ids,len,nb,T,0);for(size_t b=0;b<nb;b++){r+=argmax(x->data+b*K,K)==(size_t)tg[b];n++;}L+=tape_cross_entropy(m->t,x,tg,0,-1)->data[0]*nb;nb=0;}}
 m->t->no_grad=false;tape_reset(m->t);out[0]=(double)r/n;out[1]=L/n;}
int main(int c,char**v){
 const char*file="/work/h/data/glosses.tsv";
 for(int i=1;i+1<c;i+=2){
#define O(a) if(!strcmp(v[i],#a))a=atof(v[i+1]);
 O(WIDTH)O(HEADS)O(LAYERS)O(FF)O(VOC)O(ENDS)O(STARTS)O(HASH)O(KIND)O(TOKENS)O(LONG)O(RATE)O(SECS)O(DROP)O(WDROP)O(STEPS)O(PUNCT)O(DECAY)O(SM)O(LEARNPOS) if(!strcmp(v[i],"FILE"))file=v[i+1];}
 FILE*f=fopen(file,"r");char*l=NULL;size_t cap=0;ssize_t n;g=calloc(200000,sizeof*g);
 while((n=getline(&l,&cap,f))>0){l[--n]=0;char*t=strchr(l,'\t');*t++=0;int k=0;while(k<ncat&&strcmp(cats[k],l))k++;if(k==ncat)cats[ncat++]=strdup(l);struct gl*x=&g[ng++];x->text=strdup(t);x->n=strlen(t);x->cat=k;int h=fnv(x->text,x->n)%100;x->part=h<5?2:h<10?1:0;}
 for(size_t i=0;i<ng;i++)if(g[i].part==0){const char*s=g[i].text,*w;int k;while(next(&s,&w,&k))find(w,k,true)->c++;}
 struct ent**all=calloc(nent,sizeof*all);size_t na=0;for(int i=0;i<1<<18;i++)for(struct ent*e=tab[i];e;e=e->nx)all[na++]=e;qsort(all,na,sizeof*all,cmp);
 V=3;size_t took=0;for(size_t i=0;i<na&&V<VOC-ENDS;i++)all[i]->id=V++,took=i+1;printf("V %d, least count %ld\n",V,all[took-1]->c);
 if(ENDS){ size_t n0=na; for(size_t i=took;i<n0;i++){ for(int k=1;k<=5&&k<all[i]->n;k++){char b[16];int m2=snprintf(b,16,"-%.*s",k,all[i]->s+all[i]->n-k);find(b,m2,true)->c+=all[i]->c;}}
  free(all);all=calloc(nent,sizeof*all);na=0;for(int i=0;i<1<<18;i++)for(struct ent*e=tab[i];e;e=e->nx)if(e->s[0]=='-')all[na++]=e;qsort(all,na,sizeof*all,cmp);for(int i=0;i<ENDS&&i<(int)na;i++)all[i]->id=V++; }
 if(STARTS){ free(all);all=calloc(nent,sizeof*all);na=0;for(int i=0;i<1<<18;i++)for(struct ent*e=tab[i];e;e=e->nx)if(e->s[0]!='-'&&e->s[e->n-1]!='-'&&e->id<0)all[na++]=e;size_t n0=na;for(size_t i=0;i<n0;i++)for(int k=1;k<=5&&k<all[i]->n;k++){char b[16];int m2=snprintf(b,16,"%.*s-",k,all[i]->s);find(b,m2,true)->c+=all[i]->c;}
 free(all);all=calloc(nent,sizeof*all);na=0;for(int i=0;i<1<<18;i++)for(struct ent*e=tab[i];e;e=e->nx)if(e->s[e->n-1]=='-')all[na++]=e;qsort(all,na,sizeof*all,cmp);for(int i=0;i<STARTS&&i<(int)na;i++)all[i]->id=V++; }
 long unk=0,tot=0;size_t hb=0;
 for(size_t i=0;i<ng;i++){int32_t ids[1000];int k=0,wn;const char*s=g[i].text,*w;if(KIND<2)ids[k++]=CLS;int first=k;while(next(&s,&w,&wn)&&k<LONG){{int q=STARTS?lookstart(w,wn):-1;if(q>=0)ids[k++]=q;} ids[k]=lookup(w,wn);unk+=ids[k]==UNK;tot++;k++;}
  if(k==first)ids[k++]=UNK;
  if(KIND==4){int e=k;for(int j=0;j+1<e;j++){ids[k++]=V+(mix_bits(ids[j],ids[j+1])%HASH);}}
  g[i].len=k;g[i].ids=malloc(k*4);memcpy(g[i].ids,ids,k*4);hb+=k;}
 printf("glosses %zu unk %.3f mean len %.1f\n",ng,(double)unk/tot,(double)hb/ng);K=ncat;
 int rows=V+(KIND==4?HASH:0), w=KIND<3?WIDTH:K;
 struct m m={tape_new()};m.w=tape_parameter(m.t,"w",SHAPE(rows,w));
 if(LEARNPOS)m.pos=tape_parameter(m.t,"pos",SHAPE(64,WIDTH));
 if(KIND<2)for(int i=0;i<LAYERS;i++){char nm[16];snprintf(nm,16,"h.%d.",i);block_new(&m.bl[i],m.t,nm,WIDTH,FF);}
 if(KIND<2){m.g=tape_parameter(m.t,"g",SHAPE(WIDTH));m.b=tape_parameter(m.t,"b",SHAPE(WIDTH));}
 if(KIND<3)m.o=tape_parameter(m.t,"o",SHAPE(WIDTH,K));
 m.ob=tape_parameter(m.t,"ob",SHAPE(K));
 struct random r=random_new(1,14);if(KIND<3)for(size_t i=0;i<m.w->count;i++)m.w->data[i]=random_normal(&r)/sqrtf(WIDTH);
 if(LEARNPOS)for(size_t i=0;i<m.pos->count;i++)m.pos->data[i]=random_normal(&r)*.3f;
 if(m.g)for(int i=0;i<WIDTH;i++)m.g->data[i]=1;if(KIND<2)for(int i=0;i<LAYERS;i++)block_start(&m.bl[i],&r,1/sqrtf(2*LAYERS));
 if(m.o)for(size_t i=0;i<m.o->count;i++)m.o->data[i]=random_normal(&r)/sqrtf(WIDTH)*.1f;
 printf("params %zu\n",m.t->size);
 uint32_t*tr=malloc(ng*4);size_t*ln=malloc(ng*sizeof*ln),nt=0;for(size_t i=0;i<ng;i++)if(g[i].part==0){tr[nt]=i;ln[nt++]=g[i].len;}
 struct training t=training_new(m.t,STEPS?STEPS:1000,1);t.rate=RATE;t.how.weight_decay=DECAY;
 double start=seconds_now(),spent=0;size_t ep=0;bool first=true;double ls=0;size_t nl=0;double evt=SECS/6;
 static int32_t ids[100000],tg[20000];static size_t len[20000];
 while(STEPS?t.step<(size_t)STEPS:spent<SECS){struct batches b=batches_by_tokens(ln,nt,TOKENS,ep++);if(ep==1)printf("batches %zu\n",b.count);
  for(size_t i=0;i<b.count&&(STEPS?t.step<(size_t)STEPS:spent<SECS);i++){double s0=seconds_now();size_t B=b.first[i+1]-b.first[i];uint32_t wh[20000];for(size_t j=0;j<B;j++)wh[j]=tr[b.which[b.first[i]+j]];size_t T=pack(ids,len,tg,wh,B);
   if(WDROP>0){struct random q=random_new(7,t.step);for(size_t j=0;j<B*T;j++)if(ids[j]>2&&random_uniform(&q)<WDROP)ids[j]=UNK;}
   struct tensor*x=tape_cross_entropy(m.t,fw(&m,ids,len,B,T,mix_bits(5,t.step)),tg,SM,-1);ls+=x->data[0];nl++;training_step(&t,x);spent+=seconds_now()-s0;
   if(!STEPS){t.steps=t.step+(size_t)(t.step*fmax(0,SECS-spent)/spent);t.warmup=t.steps/20<50?50:200;}
   if(STEPS?t.step%(STEPS/6)==0:spent>evt){double a[2],d[2];acc(&m,1,a);acc(&m,2,d);printf("%5zu %.0fs loss %.3f dev %.4f %.3f test %.4f %.3f\n",t.step,spent,ls/nl,a[0],a[1],d[0],d[1]);fflush(stdout);ls=nl=0;evt+=SECS/6;}
  }
  batches_free(&b);first=false;}
 double d[2];acc(&m,2,d);printf("END %zu steps %.0fs test %.4f\n",t.step,spent,d[0]);(void)first;(void)start;
}

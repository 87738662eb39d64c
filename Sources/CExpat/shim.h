#include<expat.h>

#!/bin/bash
# hudson.sh FOLDER PORT HOME: starts Hudson 1.398, from which Jenkins was forked, with the Stapler 1.263 of Jenkins 2.2xx, on
# loopback. The first start downloads 81 MB from Maven Central into FOLDER. Jobs live in HOME.
set -e
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"

if [ ! -d war ]; then
  rm -rf war.part boot tiger downloads
  mvn -B -q -ntp -f "$here/pom.xml" dependency:copy -DoutputDirectory="$PWD/downloads" >&2
  mkdir war.part boot tiger
  (
    cd war.part && jar xf ../downloads/hudson-war-1.398.war && cd WEB-INF/lib
    # Stapler and what it needs in a newer version.
    rm stapler-1.155.jar stapler-jelly-1.155.jar commons-io-1.4.jar commons-fileupload-1.2.1.jar \
      commons-beanutils-1.8.0.jar guava-r08.jar tiger-types-1.3.jar
    cp ../../../downloads/{stapler,asm5,guava,jsr305,commons,jzlib}*.jar .
  )
  # Jetty has no realm of its own.
  perl -0pi -e 's#<(security-constraint|login-config|security-role)>.*?</\1>##gs' war.part/WEB-INF/web.xml
  javac -cp downloads/javassist-3.30.2-GA.jar -d boot "$here"/*.java
  (cd tiger && jar xf ../downloads/tiger-types-1.4.jar)
  java -cp downloads/javassist-3.30.2-GA.jar:boot Patch downloads/tiger-types-1.4.jar tiger
  jar cf war.part/WEB-INF/lib/tiger-types-1.4-bind.jar -C tiger .
  mv war.part war
fi

# Names of jobs are names of folders, in any script.
export LC_ALL=C.UTF-8 HUDSON_HOME=$3
mkdir -p "$3/plugins"
cp downloads/git-1.1.7.hpi "$3/plugins/git.hpi"
echo '<hudson><numExecutors>2</numExecutors><mode>NORMAL</mode><slaveAgentPort>-1</slaveAgentPort></hudson>' > "$3/config.xml"

open=""
for package in lang util util.concurrent util.concurrent.atomic util.zip util.regex io net text security lang.reflect; do
  open="$open --add-opens java.base/java.$package=ALL-UNNAMED"
done
for package in java.awt java.awt.font java.beans javax.swing; do
  open="$open --add-opens java.desktop/$package=ALL-UNNAMED"
done
exec java $open -Dfile.encoding=UTF-8 -Djava.awt.headless=true -Dhudson.udp=0 -Dhudson.DNSMultiCast.disabled=true -Xmx512m \
  -cp downloads/jetty-runner-9.4.57.v20241219.jar:boot Boot --host 127.0.0.1 --port "$2" war

import javassist.ClassPool;
import javassist.CtClass;
import javassist.CtNewMethod;

/** Adds to tiger-types 1.4 the method `Types.bind`, which Stapler calls. Maven Central has no version with it. */
public class Patch {
  public static void main(String[] arguments) throws Exception {
    ClassPool pool = new ClassPool(true);
    pool.insertClassPath(arguments[0]);
    CtClass types = pool.get("org.jvnet.tiger_types.Types");
    types.addMethod(CtNewMethod.make(
        "public static java.lang.reflect.Type bind(java.lang.reflect.Type type,"
            + " java.lang.reflect.GenericDeclaration declaration, java.lang.reflect.ParameterizedType arguments) {"
            + "  java.lang.reflect.TypeVariable[] variables = declaration.getTypeParameters();"
            + "  for (int i = 0; i < variables.length; i++)"
            + "    if (variables[i].equals(type)) return arguments.getActualTypeArguments()[i];"
            + "  return type;"
            + "}",
        types));
    types.writeFile(arguments[1]);
  }
}

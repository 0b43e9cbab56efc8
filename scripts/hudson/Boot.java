/** Starts Jetty. XStream 1.3.1 knows Java by its vendor's name, which cannot be set from the command line. */
public class Boot {
  public static void main(String[] arguments) throws Exception {
    System.setProperty("java.vm.vendor", "Sun Microsystems Inc.");
    Class.forName("org.eclipse.jetty.runner.Runner").getMethod("main", String[].class).invoke(null, (Object) arguments);
  }
}
